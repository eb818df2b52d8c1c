"""Runs flows: obeys one command at a time, walks the frame on top until it waits or ends. Knows no channel and no table."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from apps.messaging.content import Ask as AskContent
from apps.messaging.content import Choice, Content, HandoverNotice, Request, Text

from . import answers
from .commands import PERSON, Command, Verb
from .flow import MAX_ASKS, Ask, Branch, Call, Confirm, Do, End, Flow, Show, all_flows
from .models import PATIENCE
from .state import Frame
from .talk import Talk
from .words import Words, words

MAX_STEPS = 40  # between two waits; the static proof shows that no flow comes near
ASKED_ANEW = {  # where a yes to something gone leads
    "cancel_order": "order", "erase": "erase", "join_points": "points", "redeem_points": "points", "birthday": "points",
    "returns": "my_returns", "cancel_return": "my_returns",
}  # fmt: skip
COUNT_UNCLEAR = ("human", "listing")  # they reset it themselves, once they know
GO_ON_WITH = words("Shall we go on with {what}?")
CANNOT_FILL = words("I cannot get this right on my own.")
AND_THEN = words("First this; then I go on with: {what}")
LEFT_UNDONE = words("I did not understand this part, so it is not done: {what}")
SKIPPED = words("We leave that out.")
SAY_YES = words("Please choose one of the buttons, or tell me what to change.")
STALE = words("That button is from an earlier offer. Here is how it stands now.")


class FlowStuck(Exception):
    """A flow went round without waiting; the static proof should have caught it."""


def obey(talk: Talk, command: Command) -> None:
    """Carry out one command."""
    talk.commands.append(command.to_json())
    OBEY[command.verb](talk, command.args)


def start(talk: Talk, flow: str, slots: dict[str, Any]) -> None:
    """Begin a flow on top of whatever is under way."""
    declared = all_flows()[flow]
    waiting = talk.state.top
    begun = talk.state.frame_of(flow)
    is_asking = begun is not None and not isinstance(declared.steps[begun.step], Call)
    if begun is not None and is_asking and not slots and declared.title is not None:
        _take_up(talk, begun, declared)
        return
    if begun is not None and not is_asking and declared.is_same is not None and declared.is_same(talk, begun.slots):
        talk.say(answers.ONE_MOMENT)  # this very thing is being carried out
        return
    if waiting is not None and waiting.flow == flow and not declared.is_aside:
        waiting.slots = {**slots}
        waiting.step, waiting.asked, waiting.answered = declared.start, 0, []
        advance(talk)
        return
    talk.state.push(Frame(flow=flow, step=declared.start, slots=dict(slots)))
    advance(talk)


def _take_up(talk: Talk, begun: Frame, flow: Flow) -> None:
    """Asked for again what is under way: what was answered stays, what it rests on is looked up anew."""
    talk.state.stack.remove(begun)
    talk.state.stack.append(begun)
    begun.is_parked = False
    begun.step, begun.asked = flow.start, 0
    advance(talk)


def advance(talk: Talk) -> None:
    """Walk until a step waits or the flow is over."""
    for _ in range(MAX_STEPS):
        frame = talk.frame
        flow = all_flows()[frame.flow]
        step = flow.steps[frame.step]
        match step:
            case End():
                talk.state.stack = [kept for kept in talk.state.stack if kept is not frame]
                _pass_on(talk, frame.slots.get("then"))
                after(talk, flow)
                return
            case Show():
                step.say(talk)
                frame.step = step.next
            case Do() | Branch():
                outcome = step.run(talk) if isinstance(step, Do) else step.on(talk)
                frame.step = step.to[outcome]
            case Ask():
                if step.slot not in frame.slots:
                    ask(talk, step)
                    return
                frame.step = step.next
            case Confirm():
                confirm(talk, step)
                return
            case Call():
                frame.slots["call"] = talk.ask_outside(step.kind, step.args(talk))
                return
    raise FlowStuck(f"{talk.frame.flow}/{talk.frame.step}")


def _pass_on(talk: Talk, then: dict[str, Any] | None) -> None:
    """The second wish of a message follows what the first one led to."""
    if then is None:
        return
    if talk.next_flow is None:
        talk.next_flow = then
    else:
        talk.next_flow["slots"] = {**talk.next_flow["slots"], "then": then}


def after(talk: Talk, ended: Flow) -> None:
    """Back to what was interrupted: asked again at once after an aside, offered otherwise."""
    if talk.next_flow is not None:
        following, talk.next_flow = talk.next_flow, None
        start(talk, following["flow"], following["slots"])
        return
    under = talk.state.stack[-1] if talk.state.stack else None
    if under is None:
        return
    flow = all_flows()[under.flow]
    if ended.is_aside and not under.is_parked:
        again(talk)
    elif flow.title is not None:
        is_first = not under.is_parked and isinstance(flow.steps[under.step], Ask | Confirm)
        under.is_parked = True
        if is_first and talk.out and not isinstance(talk.out[-1], HandoverNotice):
            _offer_to_go_on(talk, flow.title)
        else:
            talk.offer(talk.choice(answers.GO_ON, style="quiet", do="resume"))
    else:
        talk.state.stack.remove(under)


def ask(talk: Talk, step: Ask) -> None:
    """Ask for the slot; each time differently, the last time with a person beside it."""
    frame = talk.frame
    prompt = step.prompts[min(frame.asked, MAX_ASKS - 1)]
    frame.asked += 1
    put_question(talk, step, talk.text(prompt, **(step.values(talk) if step.values else {})))


def put_question(talk: Talk, step: Ask, text: str) -> None:
    choices: list[Choice] = list(step.choices(talk)) if step.choices else []
    if step.skip is not None:
        choices.append(talk.choice(step.skip, style="quiet", do="skip"))
    if talk.frame.asked >= MAX_ASKS:
        choices.append(talk.a_person())
    content: Content
    if step.what in ("name", "address", "phone", "email", "otp", "location"):
        content = Request(text=text, what=step.what, choices=tuple(choices))
    else:
        content = AskContent(text=text, choices=tuple(choices)) if choices else Text(text=text)
    talk.put(content)


def again(talk: Talk) -> None:
    """The waiting step once more, in short form, without counting against the shopper."""
    step = all_flows()[talk.frame.flow].steps[talk.frame.step]
    match step:
        case Ask():
            put_question(talk, step, talk.text(step.short, **(step.values(talk) if step.values else {})))
        case Confirm():
            title = all_flows()[talk.frame.flow].title
            if title is not None:
                _offer_to_go_on(talk, title)
        case Call():
            talk.say(answers.ONE_MOMENT)


def _offer_to_go_on(talk: Talk, title: Words) -> None:
    talk.say(GO_ON_WITH, [talk.choice(answers.GO_ON, style="primary", do="resume")], what=talk.text(title))


def waits_for(talk: Talk) -> bool:
    """Is the shopper's answer awaited?"""
    top = talk.state.top
    return top is not None and isinstance(all_flows()[top.flow].steps[top.step], Ask | Confirm)


def confirm(talk: Talk, step: Confirm) -> None:
    talk.frame.slots["stamp"] = step.stamp(talk)
    step.show(talk)


def _start_flow(talk: Talk, args: dict[str, Any]) -> None:
    if args["flow"] not in COUNT_UNCLEAR:
        talk.state.unclear = 0
    start(talk, args["flow"], args["slots"])


def _answer_slot(talk: Talk, args: dict[str, Any]) -> None:
    """An answer to the waiting step; to an earlier one it is a correction."""
    frame = talk.state.top
    step = all_flows()[frame.flow].steps[frame.step] if frame else None
    if frame is None or not isinstance(step, Ask) or step.slot != args["slot"]:
        _correct_slot(talk, args)
        return
    frame.slots[step.slot] = args["value"]
    frame.answered.append(frame.step)
    frame.step, frame.asked = step.next, 0
    talk.state.unclear = 0
    talk.state.patience = min(PATIENCE, talk.state.patience + 1)
    advance(talk)


def _correct_slot(talk: Talk, args: dict[str, Any]) -> None:
    """Change one answer and whatever depends on it, then go on from there."""
    slot = args["slot"]
    for frame in reversed(talk.state.stack):
        flow = all_flows()[frame.flow]
        name = next((name for name, step in flow.steps.items() if isinstance(step, Ask) and step.slot == slot), "")
        if not name:
            continue
        if "value" not in args and slot not in frame.slots and name not in (*frame.answered, frame.step):
            talk.state.stack.remove(frame)
            talk.state.stack.append(frame)
            frame.is_parked = False
            again(talk)  # that question is still to come
            return
        for gone in (slot, *flow.slots_after(slot), *flow.forgets.get(slot, ())):
            frame.slots.pop(gone, None)
        if "value" in args:
            frame.slots[slot] = args["value"]
        frame.step, frame.asked, frame.is_parked = name, 0, False
        frame.answered = [step for step in frame.answered if step != name]
        if "value" in args:
            frame.answered.append(name)
        talk.state.stack.remove(frame)
        talk.state.stack.append(frame)
        advance(talk)
        return
    answers.nothing_to_change(talk)


def _confirm(talk: Talk, args: dict[str, Any]) -> None:
    """A yes counts only for what was shown: the stamps must be the same."""
    frame = talk.state.frame_of(args.get("flow", ""))
    step = all_flows()[frame.flow].steps[frame.step] if frame else None
    if frame is not None and isinstance(step, Call) and args["stamp"] == frame.slots.get("stamp"):
        talk.say(answers.ONE_MOMENT)  # this very yes is being carried out
        return
    frame = frame or next(
        (f for f in reversed(talk.state.stack) if isinstance(all_flows()[f.flow].steps[f.step], Confirm)), None
    )
    step = all_flows()[frame.flow].steps[frame.step] if frame else None
    if frame is None or not isinstance(step, Confirm):
        talk.say(STALE)
        start(talk, ASKED_ANEW.get(args.get("flow", ""), "checkout"), {})
        return
    frame.is_parked = False
    talk.state.stack.remove(frame)
    talk.state.stack.append(frame)
    if args["stamp"] != frame.slots.get("stamp"):
        talk.say(STALE)
        confirm(talk, step)
        return
    frame.step = step.yes if args["yes"] else step.no
    advance(talk)


def _cancel(talk: Talk, args: dict[str, Any]) -> None:
    """Drop what is under way and say what stays."""
    if args.get("what") == PERSON:
        _call_off(talk)
        return
    gone = talk.state.stack[-1] if talk.state.stack else None
    talk.state.stack = []
    answers.cancelled(talk, all_flows()[gone.flow] if gone else None)


def _call_off(talk: Talk) -> None:
    """The shopper does without a person: what was left for one can be taken up again."""
    talk.shop.do_without_person()
    talk.state.waiting, talk.state.notes = "", 0
    answers.called_off(talk)
    left = talk.state.stack[-1] if talk.state.stack else None
    if left is not None and all_flows()[left.flow].title is not None:
        talk.offer(talk.choice(answers.GO_ON, style="quiet", do="resume"))


def _go_back(talk: Talk, args: dict[str, Any]) -> None:
    """One answered question back; from the first one out of the flow."""
    frame = talk.state.top
    if frame is None:
        start(talk, "menu", {})
        return
    flow = all_flows()[frame.flow]
    if not frame.answered:
        talk.state.stack.remove(frame)
        answers.left(talk, flow)
        return
    name = frame.answered.pop()
    step = flow.steps[name]
    if isinstance(step, Ask):
        for gone in (step.slot, *flow.slots_after(step.slot), *flow.forgets.get(step.slot, ())):
            frame.slots.pop(gone, None)
    frame.step, frame.asked = name, 0
    advance(talk)


def _skip(talk: Talk, args: dict[str, Any]) -> None:
    frame = talk.state.top
    step = all_flows()[frame.flow].steps[frame.step] if frame else None
    if frame is None or not isinstance(step, Ask) or step.skip is None:
        _resume(talk, args)
        return
    _answer_slot(talk, {"slot": step.slot, "value": ""})


def _resume(talk: Talk, args: dict[str, Any]) -> None:
    """Take up what was left, where it was left. A question that stands already was not answered by it."""
    if not talk.state.stack:
        start(talk, "checkout" if talk.shop.cart()["count"] else "menu", {})
        return
    top = talk.state.top
    if top is not None and top.asked and isinstance(all_flows()[top.flow].steps[top.step], Ask):
        _reask(talk, args)
        return
    talk.frame.is_parked = False
    talk.frame.asked = 0
    advance(talk)


def _reask(talk: Talk, args: dict[str, Any]) -> None:
    """The answer did not help: ask differently; after the third time it is a person's turn."""
    frame = talk.frame
    step = all_flows()[frame.flow].steps[frame.step]
    talk.state.patience = max(0, talk.state.patience - 1)
    if isinstance(step, Call):
        talk.say(answers.ONE_MOMENT)
        return
    if isinstance(step, Confirm):
        frame.asked += 1
        if frame.asked >= MAX_ASKS or not talk.state.patience:
            _give_up(talk)
            return
        talk.say(SAY_YES)
        confirm(talk, step)
        return
    if not isinstance(step, Ask):
        answers.not_understood(talk)
        return
    if frame.asked < MAX_ASKS and talk.state.patience:
        ask(talk, step)
    elif step.skip is not None:
        talk.say(SKIPPED)
        _skip(talk, args)
    else:
        _give_up(talk)


def _give_up(talk: Talk) -> None:
    """Enough questions: fetch a person; the frame stays and can be taken up again."""
    frame = talk.frame
    frame.is_parked = True
    frame.asked = 0
    talk.say(CANNOT_FILL)
    start(talk, "human", {"reason": f"stuck:{frame.flow}/{frame.step}"})


def _repeat(talk: Talk, args: dict[str, Any]) -> None:
    if talk.state.top is not None:
        again(talk)
    if not talk.out:
        answers.repeat(talk)


def _start_over(talk: Talk, args: dict[str, Any]) -> None:
    talk.state.stack = []
    talk.state.listing, talk.state.focus, talk.state.shown = {}, {}, []
    talk.state.patience = PATIENCE
    answers.started_over(talk)


def _clarify(talk: Talk, args: dict[str, Any]) -> None:
    talk.state.unclear += 1
    if talk.state.unclear > 1:
        start(talk, "human", {"reason": "unclear"})
        return
    answers.clarify(talk, args["options"])


def _language(talk: Talk, args: dict[str, Any]) -> None:
    start(talk, "language", {"code": args["code"]})


def _then(talk: Talk, args: dict[str, Any]) -> None:
    """The second wish: at once, or once the question that the first one led to is answered."""
    if args["flow"] and not waits_for(talk):
        start(talk, args["flow"], args["slots"])
        return
    if args["flow"]:
        talk.frame.slots["then"] = {"flow": args["flow"], "slots": args["slots"]}
    said = talk.text(AND_THEN if args["flow"] else LEFT_UNDONE, what=args["text"])
    if waits_for(talk) and talk.out:
        last = talk.out[-1]
        talk.out[-1] = replace(last, text="\n\n".join(part for part in (said, last.text) if part))
    else:
        talk.say_text(said, [talk.a_person()])


def _take_note(talk: Talk, args: dict[str, Any]) -> None:
    answers.noted(talk)


def _cannot_handle(talk: Talk, args: dict[str, Any]) -> None:
    talk.state.patience = max(0, talk.state.patience - 2)
    talk.state.unclear += 1
    if talk.state.unclear > 2 or not talk.state.patience:
        start(talk, "human", {"reason": "not_understood"})
        return
    answers.not_understood(talk)


OBEY: dict[Verb, Callable[[Talk, dict[str, Any]], None]] = {
    Verb.START_FLOW: _start_flow,
    Verb.ANSWER_SLOT: _answer_slot,
    Verb.CORRECT_SLOT: _correct_slot,
    Verb.CONFIRM: _confirm,
    Verb.CANCEL: _cancel,
    Verb.GO_BACK: _go_back,
    Verb.SKIP: _skip,
    Verb.RESUME: _resume,
    Verb.REPEAT: _repeat,
    Verb.START_OVER: _start_over,
    Verb.CLARIFY: _clarify,
    Verb.REASK: _reask,
    Verb.LANGUAGE: _language,
    Verb.THEN: _then,
    Verb.TAKE_NOTE: _take_note,
    Verb.CANNOT_HANDLE: _cannot_handle,
}
