"""What all platforms share: know the caller, have a bad day, judge, accept, and write it in the book."""

from typing import Any, ClassVar

from .. import files, ledger
from ..accounts import Account
from ..faults import Fault, take_fault
from ..store import Store
from ..wire import Answer, Call

LOST_SECONDS = 12.0
READ_ONLY = frozenset({"GET", "HEAD"})


class Refused(Exception):
    """The platform says no, in its own shape."""

    def __init__(
        self,
        status: int,
        body: dict[str, Any],
        *,
        code: str = "",
        recipient: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body
        self.code = code
        self.recipient = recipient
        self.headers = headers or {}


class Platform:
    """`handle` is the whole of it; subclasses fill in who is calling, what is wrong, and what acceptance means."""

    name: ClassVar[str] = ""
    kind: ClassVar[str] = ""
    label: ClassVar[str] = ""  # as the operator's desk calls it; without one it has no bad days there

    # Below it lie the files shoppers sent, open to whoever knows their address; "" where the platform asks who calls.
    shelf: ClassVar[str] = ""

    def hand_out(self, store: Store, number: str, account: Account | None = None) -> Answer | None:
        """A file a shopper sent, whole; None where there is none of this number."""
        file = files.kept(store, number, account=account)
        return Answer(200, file.content, content_type=file.mime) if file else None

    def _from_shelf(self, store: Store, call: Call) -> Answer | None:
        if not self.shelf or call.method != "GET" or not call.path.startswith(self.shelf):
            return None
        number = call.path.removeprefix(self.shelf).partition("/")[0]
        return self.hand_out(store, number) or Answer(404, b"", content_type="text/plain")

    def authenticate(self, store: Store, call: Call) -> Account:
        """Raises `Refused` in the platform's own words."""
        raise NotImplementedError

    def method_name(self, call: Call) -> str:
        return f"{call.method} {call.path}"

    def is_send(self, call: Call) -> bool:
        """Whether faults apply to this call."""
        return call.method not in READ_ONLY

    def perform(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        """Judge and do it. Raises `Refused`."""
        raise NotImplementedError

    def refusal_for(self, fault: Fault) -> Refused | None:
        """The answer of a fault that comes before acceptance; None for those that come after."""
        if fault.kind == "rate_limit":
            refused = self.too_many()
            if "retry_after" in fault.params:
                refused.headers["Retry-After"] = str(int(fault.number("retry_after", 1)))
            return refused
        if fault.kind == "server_error":
            refused = self.sick()
            refused.status = int(fault.number("status", 500))
            return refused
        if fault.kind in ("error", "error_in_200"):
            refused = self.planned(fault)
            refused.status = 200 if fault.kind == "error_in_200" else refused.status
            return refused
        return None

    def too_many(self) -> Refused:
        """What is said to who calls too often."""
        raise NotImplementedError

    def sick(self) -> Refused:
        """What is said where the platform itself is in trouble."""
        raise NotImplementedError

    def planned(self, fault: Fault) -> Refused:
        """The error an operator or a test asked for; `code` is the platform's own."""
        raise NotImplementedError

    def handle(self, store: Store, call: Call) -> Answer:
        """One call, one transaction."""
        if found := self._from_shelf(store, call):
            return found
        with store.write():
            account_name = ""
            try:
                account = self.authenticate(store, call)
                account_name = account.name
                fault = take_fault(store, platform=self.name, account=account.name) if self.is_send(call) else None
                refusal = self.refusal_for(fault) if fault else None
                if fault and refusal:
                    self._record(store, call, account_name, refusal, outcome="fault")
                    return _as_answer(refusal, hold=fault.number("seconds", 0) if fault.kind == "slow" else 0)
                return _with(self.perform(store, call, account, fault), fault)
            except Refused as refused:
                self._record(store, call, account_name, refused, outcome="refused")
                return _as_answer(refused)

    def _record(self, store: Store, call: Call, account: str, refused: Refused, *, outcome: str) -> None:
        ledger.record(
            store, platform=self.name, account=account, recipient=refused.recipient, method=self.method_name(call),
            outcome=outcome, status=refused.status, code=refused.code,
            body={"request": call.body.decode(errors="replace")[:8000], "answer": refused.body},
        )  # fmt: skip

    def accept(
        self, store: Store, call: Call, account: Account, *, recipient: str, wire_id: str, body: Any, status: int = 200,
        outcome: str = "accepted",
    ) -> None:  # fmt: skip
        """Into the book: from here on it counts as sent."""
        ledger.record(
            store, platform=self.name, account=account.name, recipient=recipient, method=self.method_name(call),
            outcome=outcome, status=status, wire_id=wire_id, body=body,
        )  # fmt: skip


def _as_answer(refused: Refused, *, hold: float = 0.0) -> Answer:
    return Answer(refused.status, refused.body, refused.headers, hold=hold)


def _with(answer: Answer, fault: Fault | None) -> Answer:
    """What happens to an accepted call's answer on a bad day."""
    if fault is None or answer.status >= 300:
        return answer
    if fault.kind == "lost":
        return Answer(
            answer.status, answer.body, answer.headers, hold=fault.number("seconds", LOST_SECONDS), is_lost=True
        )
    if fault.kind == "cut":
        return Answer(answer.status, answer.body, answer.headers, is_cut=True)
    if fault.kind == "slow":
        return Answer(answer.status, answer.body, answer.headers, hold=fault.number("seconds", 2))
    return answer
