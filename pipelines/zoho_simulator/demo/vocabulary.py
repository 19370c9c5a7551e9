# ruff: noqa: RUF001 - names are spelt in the scripts they are written in
"""The words that the demo organisation's records are made of. All of it is invented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where a company sits, and the people one meets there."""

    city: str
    country: str
    postcode: str
    dialling: str
    currency: str
    time_zone: str
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


def _place(head: str, first_names: str, last_names: str) -> Place:
    city, country, postcode, dialling, currency, zone = head.split("|")
    names = tuple(first_names.split()), tuple(last_names.split())
    return Place(city, country, postcode, dialling, currency, zone, *names)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PLACES = (
    _place("Berlin|Germany|10117|+49 30|EUR|Europe/Berlin",
           "Anna Lukas Mia Jonas Lena Felix Clara Moritz Jana Till",
           "Weber Krüger Schäfer Hoffmann Lehmann Brandt Groß Vogel"),
    _place("München|Germany|80331|+49 89|EUR|Europe/Berlin",
           "Sophie Maximilian Theresa Korbinian Veronika Benedikt",
           "Huber Obermaier Brandstetter Maier Lindner Böhm"),
    _place("Lyon|France|69002|+33 4|EUR|Europe/Paris",
           "Camille Hugo Léa Mathis Élodie Rémi Inès Gaël",
           "Moreau Lefèvre Girard Fontaine Béranger Chevalier"),
    _place("Leeds|United Kingdom|LS1 4AP|+44 113|GBP|Europe/London",
           "Oliver Amelia Harry Isla Priya Callum Zara Owen",
           "Whitfield O'Neill Patel Hartley Ashworth Khan Bancroft"),
    _place("Zürich|Switzerland|8001|+41 44|CHF|Europe/Zurich",
           "Reto Nadja Urs Corinne Beat Salome",
           "Zbinden Frei Ammann Rüegg Gerber Steiner"),
    _place("Boston|United States|02110|+1 617|USD|America/New_York",
           "Grace Ethan Maya Logan Naomi Caleb Hannah Marcus",
           "Sullivan Washington Delgado Kim Peterson Abrams Rowe"),
    _place("東京|Japan|100-0005|+81 3|JPY|Asia/Tokyo",
           "陽菜 蓮 結衣 大翔 さくら 健太", "中村 佐藤 高橋 山本 小林 渡辺"),
    _place("Αθήνα|Greece|105 57|+30 21|EUR|Europe/Athens",
           "Ελένη Γιώργος Μαρία Νίκος", "Παπαδόπουλος Νικολάου Ιωάννου"),
    _place("Kraków|Poland|31-042|+48 12|EUR|Europe/Warsaw",
           "Zofia Jakub Małgorzata Łukasz", "Wiśniewska Nowak Dąbrowski Żak"),
    _place("Київ|Ukraine|01001|+380 44|EUR|Europe/Kyiv",
           "Оксана Андрій Наталія Тарас", "Шевченко Коваленко Бондар"),
    _place("القاهرة|Egypt|11511|+20 2|USD|Africa/Cairo",
           "ليلى عمر نور يوسف", "حسن إبراهيم منصور"),
    _place("बेंगलुरु|India|560001|+91 80|USD|Asia/Kolkata",
           "अनन्या राहुल Kavya Arjun", "शर्मा Iyer Reddy Nair"),
    _place("São Paulo|Brazil|01310-100|+55 11|USD|America/Sao_Paulo",
           "João Luíza Thiago Conceição", "Araújo Gonçalves Magalhães"),
    _place("İzmir|Türkiye|35210|+90 232|EUR|Europe/Istanbul",
           "Ayşe Çağlar İpek Oğuz", "Yılmaz Şahin Öztürk"),
)  # fmt: skip

COMPANY_HEADS = _words(
    "Alster Birkenhof Cobalt Delphin Eichen Falken Granit Helios Isar Juniper Kestrel "
    "Linden Marlow Nordlicht Orion Palisade Quarz Rheinblick Saphir Tellus Umbra Vektor "
    "Wallach Xenon Ypsilon Zenith Ardent Bluefin Carraway Dunmore Everline Foxglove "
    "Greystone Hallmark Ironbridge Jasper Kingsley Larkfield Meridian Northgate"
)
COMPANY_BODIES = _words(
    "Optics Labs Robotics Pharma Foods Energy Aerospace Diagnostics Precision Materials "
    "Semiconductors Marine Packaging Textiles Hydraulics Biotech Logistics Instruments"
)
COMPANY_TAILS = {
    "Germany": "GmbH", "France": "SAS", "United Kingdom": "Ltd", "Switzerland": "AG",
    "United States": "Inc.", "Japan": "株式会社", "Greece": "ΑΕ", "Poland": "Sp. z o.o.",
    "Ukraine": "ТОВ", "Egypt": "ش.م.م", "India": "Pvt. Ltd.", "Brazil": "Ltda.",
    "Türkiye": "A.Ş.",
}  # fmt: skip
INDUSTRIES = (
    "Medical Technology", "Food & Beverage", "Aerospace", "Chemicals", "Energy", "Automotive",
    "Research Institute", "Electronics", "Water Treatment",
)  # fmt: skip
TITLES = (
    "Head of Laboratory", "Purchasing Manager", "Quality Manager", "CTO", "Plant Manager",
    "Procurement Lead", "Research Associate", "Managing Director", "Metrology Engineer",
    "Head of Operations",
)  # fmt: skip
LEAD_SOURCES = (
    "Trade Show", "Web Download", "External Referral", "Cold Call", "Partner", "Web Research",
    "Advertisement", "Employee Referral",
)  # fmt: skip
INSTRUMENTS = (
    "Spectrometer", "Laser Profiler", "Particle Counter", "Flow Meter", "Thermal Camera",
    "Coating Gauge", "Vibration Logger", "Refractometer", "Torque Sensor", "Microbalance",
)  # fmt: skip
SERIES = ("S1", "S2 Pro", "M4", "M4 Field", "X9", "X9 Vacuum", "Mini", "Lab")
PROJECTS = (
    "line upgrade", "new clean room", "framework contract", "pilot", "replacement", "second site",
    "service renewal", "retrofit", "calibration package", "test bench",
)  # fmt: skip
LOSS_REASONS = ("Price", "Competitor", "No Budget", "Timing", "No Decision", "Missing Feature")
CASE_SUBJECTS = (
    "Display stays dark after update", "Calibration certificate missing", "Drift above 2 %",
    "Export to CSV truncates umlauts", "Wrong cable delivered", "Firmware update fails",
    "Noise at 50 Hz", "Invoice does not match delivery", "Training for night shift",
)  # fmt: skip
NOTE_TEXTS = (
    "Called back, wants the offer before the board meets on Thursday.",
    "Met at the stand; very interested in the field version 👍",
    "Budget is confirmed, legal still reads the terms.",
    "Asked for a reference customer in the same industry.",
    "Prefers e-mail. Never call before ten.",
    "Competitor quoted 8 % less, but without on-site calibration.",
    "Bitte Angebot auf Deutsch und Englisch schicken – danke!",
    "来週の火曜日に再度連絡。",
)
TASK_SUBJECTS = (
    "Send offer", "Follow up on demo", "Prepare site visit", "Clarify terms of payment",
    "Collect requirements", "Ask for purchase order", "Update forecast", "Invite to webinar",
)  # fmt: skip
TAGS = ("VIP", "Key Account", "At Risk", "Reference", "Newsletter", "Expo 2026")
TAG_COLOURS = ("#57B1FD", "#F48435", "#E972FD", "#63C57E", None, "#FD87BD")
EURO_PER = {"EUR": "1", "USD": "0.92", "GBP": "1.17", "CHF": "1.05", "JPY": "0.0061"}
CURRENCIES = tuple(EURO_PER)
