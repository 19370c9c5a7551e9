"""The work of `zoho-sync audit --check` and `--erase`: on the evidence, without a call to Zoho."""

from __future__ import annotations

import re
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from zoho_crm.exceptions import ZohoConfigError
from zoho_destinations.evidence_check import CheckResult, check_absence, check_evidence
from zoho_destinations.evidence_erasure import erase, is_mentioned, is_user, tables_with
from zoho_destinations.evidence_store import ChainHead, read_head
from zoho_destinations.evidence_tables import RELATED_RECORDS, has_evidence, has_remains
from zoho_destinations.lock import dataset_lock
from zoho_destinations.opening import open_dataset
from zoho_destinations.publish import publish, published_file

from .exit_codes import ExitCode
from .glance import is_there
from .results import ending
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zoho_destinations.evidence_check import Difference
    from zoho_destinations.lock import Lock
    from zoho_destinations.statements import Client

    from .target import Target
    from .terminal import Output

_ANCHOR: Final = re.compile(r"(\d+):([0-9a-f]{64})")
_RECORD_ID: Final = re.compile(r"(?:zcrm_)?\d+")
_NO_EVIDENCE: Final = "Nothing has been captured yet: run `zoho-sync audit`."
_RIGHT_PLACE: Final = "Is this the right folder, and the right dataset?"


@dataclass(frozen=True, slots=True)
class ProofReport:
    """What `--check` found."""

    location: str
    result: CheckResult | None
    """None where nothing has been captured yet."""
    is_without_evidence: bool = False
    """Nothing is here, and an anchor says that there was something somewhere."""

    @property
    def differences(self) -> Sequence[Difference]:
        """What does not fit."""
        return self.result.differences if self.result else ()

    @property
    def exit_code(self) -> ExitCode:
        """A difference where something was altered or removed."""
        return ExitCode.DIFFERENCE if self.differences else ExitCode.DONE

    @property
    def message(self) -> str:
        """One sentence."""
        if self.result is None:
            return f"There is no evidence in {self.location}. {_NO_EVIDENCE} {_RIGHT_PLACE}"
        if self.is_without_evidence:
            return (
                f"There is no evidence in {self.location}, but the anchor names some. "
                f"{_RIGHT_PLACE} If so, all evidence was removed."
            )
        if self.differences:
            return (
                f"The evidence was altered: {count_of(len(self.differences), 'difference')} in "
                f"{self.location}."
            )
        erased = f", {self.result.erased:,} of them erased on request" if self.result.erased else ""
        return (
            f"Nothing was altered or removed: {count_of(self.result.captures, 'capture')} and "
            f"{count_of(self.result.documents, 'document')}{erased}."
        )

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        found = self.result or CheckResult()
        return {
            **ending(self.exit_code, self.message),
            "captures": found.captures,
            "documents": found.documents,
            "erased": found.erased,
            "anchor": str(found.head),
            "differences": [
                {"table": each.table, "key": each.key, "what": each.what}
                for each in found.differences
            ],
        }


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What `--erase` did."""

    record_id: str
    erased: int
    others: Sequence[str]
    head: ChainHead

    exit_code: ExitCode = ExitCode.DONE

    @property
    def message(self) -> str:
        """One sentence."""
        return (
            f"The content of {count_of(self.erased, 'document')} mentioning {self.record_id} was "
            "removed; nothing of it is captured again."
        )

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            **ending(self.exit_code, self.message),
            "id": self.record_id,
            "erased": self.erased,
            "also_in": list(self.others),
            "anchor": str(self.head),
        }


def parse_anchor(text: str) -> ChainHead:
    """Reads an anchor as an audit prints it.

    Raises:
        ZohoConfigError: It is none.
    """
    match = _ANCHOR.fullmatch(text.strip())
    if match is None:
        raise ZohoConfigError(
            f"--anchor {text!r} is no anchor: it is a number, a colon and 64 hexadecimal digits, "
            "as `zoho-sync audit` and its reports print it."
        )
    return ChainHead(int(match[1]), match[2])


def prove(target: Target, *, anchor: ChainHead | None = None, wait_s: float = 0.0) -> ProofReport:
    """Computes all hashes anew.

    Raises:
        WarehouseError: The database cannot be read, or a run holds it.
    """
    absent = check_absence(anchor)
    is_missed = bool(absent.differences)
    nothing = ProofReport(target.location, absent if is_missed else None, is_missed)
    if not is_there(target):
        return nothing
    with _locked(target, wait_s) as (client, _):
        if has_evidence(client) or has_remains(client):
            return ProofReport(target.location, check_evidence(client, anchor=anchor))
        return nothing


def forget(target: Target, record_id: str, *, reason: str, wait_s: float = 0.0) -> ErasureReport:
    """Removes the content of all documents that mention a record.

    Raises:
        ZohoConfigError: It is no record's id, or a user's, or nothing of it is known here.
        WarehouseError: The database cannot be written, or a run holds it.
    """
    if not _RECORD_ID.fullmatch(record_id):
        raise ZohoConfigError(
            f"--erase {record_id!r} is no id of a record: it is a long number, as in the column id."
        )
    if not is_there(target):
        raise ZohoConfigError(_NO_EVIDENCE)
    published_file(target.destination, target.dataset)  # before anything is erased
    with _locked(target, wait_s) as (client, lock):
        if not has_evidence(client):
            raise ZohoConfigError(_NO_EVIDENCE)
        if is_user(client, record_id):
            raise ZohoConfigError(
                f"{record_id} is a user, whom nearly every record names as its owner: erase the "
                "records concerned by their own ids."
            )
        others = [name for name in tables_with(client, record_id) if name != RELATED_RECORDS]
        if not others and not is_mentioned(client, record_id):
            raise ZohoConfigError(
                f"Nothing is known of a record {record_id}, in the evidence or elsewhere in the "
                "dataset: look its id up; nothing was changed."
            )
        moment = datetime.now(UTC).replace(microsecond=0)
        run_id = uuid.uuid4().hex
        erased = erase(client, record_id, reason=reason, run_id=run_id, moment=moment)
        head = read_head(client)
        _publish(target, lock)
    return ErasureReport(record_id, erased, others, head)


def _publish(target: Target, lock: Lock) -> None:
    """Lets readers of the published copy see it."""
    with TemporaryDirectory(prefix="zoho-sync-") as folder:
        publish(target.passing_pipeline(folder), lock)


@contextmanager
def _locked(target: Target, wait_s: float) -> Iterator[tuple[Client, Lock]]:
    """An open client, with nobody else writing; a run's working folder is not touched."""
    with (
        TemporaryDirectory(prefix="zoho-sync-") as folder,
        dataset_lock(target.destination, target.dataset, wait_s=wait_s) as lock,
        open_dataset(target.passing_pipeline(folder)) as client,
    ):
        yield client, lock


def show_proof(report: ProofReport, output: Output) -> None:
    """Prints each difference, the anchor, and the sentence."""
    for difference in report.differences:
        output.say(f"- {difference}", style="red")
    if report.result and not report.is_without_evidence:
        output.say(f"Anchor, to be kept elsewhere: {report.result.head}")
    is_well = report.exit_code is ExitCode.DONE
    output.say(report.message, style="bold green" if is_well else "bold red")


def show_erasure(report: ErasureReport, output: Output) -> None:
    """Prints what was removed, and where else the record still is."""
    output.say(report.message)
    if report.others:
        names = ", ".join(report.others)
        output.say(f"Erasure is of evidence only; the id is still a row's in: {names}.")
    output.say(f"The chain of captures ends at {report.head}")
