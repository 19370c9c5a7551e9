"""The people of the organisation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .rendering import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .reference import ReferenceData


@dataclass(frozen=True)
class User:
    """A user; times are whole seconds since 1970."""

    id: int
    first_name: str | None
    last_name: str
    email: str
    role: str
    profile: str
    created: int
    modified: int
    status: str = "active"
    confirm: bool = True
    reporting_to: int | None = None
    time_zone: str = "Europe/Berlin"
    locale: str = "en_GB"
    country: str | None = "Germany"

    @property
    def full_name(self) -> str:
        """First and last name."""
        return " ".join(part for part in (self.first_name, self.last_name) if part)

    @property
    def is_admin(self) -> bool:
        """Whether the profile is the administrators'."""
        return self.profile == "Administrator"


# Documented: the values of `type`. Which of them each user belongs to is our reading of the names.
_TYPES: dict[str, Callable[[User], bool]] = {
    "AllUsers": lambda _: True,
    "ActiveUsers": lambda user: user.status == "active",
    "DeactiveUsers": lambda user: user.status == "inactive",
    "ConfirmedUsers": lambda user: user.confirm,
    "NotConfirmedUsers": lambda user: not user.confirm,
    "DeletedUsers": lambda user: user.status == "deleted",
    "ActiveConfirmedUsers": lambda user: user.status == "active" and user.confirm,
    "AdminUsers": lambda user: user.is_admin,
    "ActiveConfirmedAdmins": lambda u: u.status == "active" and u.confirm and u.is_admin,
}
USER_TYPES = frozenset({*_TYPES, "CurrentUser"})


class Directory:
    """All users; one of them is the one whom the API acts for."""

    def __init__(self, reference: ReferenceData) -> None:
        self._reference = reference
        self._users: dict[int, User] = {}
        self.current_id = 0

    def __iter__(self) -> Iterator[User]:
        return iter(self._users.values())

    def __len__(self) -> int:
        return len(self._users)

    def __contains__(self, user_id: int) -> bool:
        return user_id in self._users

    def add(self, user: User) -> None:
        """Takes a user in; the first becomes the one whom the API acts for."""
        self._reference.profile_id(user.profile)
        self._reference.role_id(user.role)
        self._users[user.id] = user
        self.current_id = self.current_id or user.id

    def get(self, user_id: int) -> User | None:
        """A user by id."""
        return self._users.get(user_id)

    def change(self, user_id: int, *, modified: int, **values: Any) -> None:
        """Sets attributes of a user."""
        self._users[user_id] = replace(self._users[user_id], modified=modified, **values)

    def of_type(self, user_type: str) -> list[User]:
        """The users that one value of `type` stands for."""
        if user_type == "CurrentUser":
            return [self._users[self.current_id]]
        return [user for user in self if _TYPES[user_type](user)]

    def show(self, user: User, *, zone: str) -> dict[str, Any]:
        """A user as the API shows it (documented: the mixed casing of its keys)."""
        boss = self.get(user.reporting_to or 0)
        admin = self._users[next(iter(self._users))]
        creator = {"name": admin.full_name, "id": str(admin.id)}
        return {
            "id": str(user.id),
            "full_name": user.full_name,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "email": user.email,
            "status": user.status,
            "confirm": user.confirm,
            "zuid": str(user.id - 5_000_000_000_000_000_000),
            "role": {"name": user.role, "id": self._reference.role_id(user.role)},
            "profile": {
                "name": user.profile,
                "id": self._reference.profile_id(user.profile),
            },
            "created_time": format_time(user.created, zone),
            "Modified_Time": format_time(user.modified, zone),
            "created_by": creator,
            "Modified_By": creator,
            "Reporting_To": boss and {"name": boss.full_name, "id": str(boss.id)},
            "time_zone": user.time_zone,
            "locale": user.locale,
            "country": user.country,
            "type__s": "Regular User",
            "category": "regular_user",
            "theme": {"background": "#F3F0EB", "screen": "fixed", "type": "default"},
            "customize_info": {
                "notes_desc": None,
                "show_right_panel": None,
                "unpin_recent_item": None,
            },
            "Isonline": user.id % 3 == 0,
            "$current_shift": None,
        }
