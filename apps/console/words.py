"""Every word of the console's script, in the reader's language, in one place."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps.conversations.models import Attachment


def console_words() -> dict[str, str]:
    """Keys are the script's names; {blanks} are filled in by the script, as text."""
    return {
        **_list_words(),
        **_duty_words(),
        **_offer_words(),
        **_baton_words(),
        **_composer_words(),
        **_state_words(),
        **_event_words(),
        **_file_words(),
        **_side_words(),
        **_frame_words(),
    }


def _list_words() -> dict[str, str]:
    """Who is who and what waits: the list of threads."""
    return {
        "shopper": _("Shopper"),
        "assistant": _("Assistant"),
        "you": _("You"),
        "expert": _("expert"),
        "shop": _("Shop"),
        "waiting": _("Waiting for a person"),
        "none_mine": _("You have no chats now. Who waits is under “Unassigned”."),
        "none_unassigned": _("Nobody is waiting for a person."),
        "none_team": _("No colleague has a chat now."),
        "none_bot": _("The assistant has no chats now."),
        "windowShort": _("{time} left"),
        "windowShut": _("window closed"),
        "waits": _("waits {time}"),
        "now": _("now"),
        "minutes": _("{n} min"),
        "hours": _("{n} h"),
        "days": _("{n} d"),
        "today": _("Today"),
        "forYou": _("Asks for you"),
        "noThreads": _("Nobody has written yet. Share your chat link, and conversations appear here."),
        "pickOne": _("Choose a conversation to read along or to answer."),
    }


def _duty_words() -> dict[str, str]:
    """The switch, and what colleagues see of it."""
    return {
        "on": pgettext("switch", "on"),
        "off": pgettext("switch", "off"),
        "full": _("full"),
        "chats": _("{n} of {most} chats"),
        "colleagues": _("Colleagues"),
        "duty_available": _("takes chats"),
        "duty_on_shift": _("own shoppers only"),
        "duty_away": _("away"),
        "duty_off": _("takes no chats"),
        "notSwitched": _("Not switched: there is no connection. Please try again in a moment."),
    }


def _offer_words() -> dict[str, str]:
    """A chat somebody is asked to take."""
    return {
        "incoming": _("Incoming chat: {name}."),
        "secondsLeft": _("{n} seconds to accept."),
        "seconds": _("{n} s"),
        "known": _("You served them before"),
        "accept": pgettext("chat", "Accept"),
        "decline": _("Decline"),
        "whyNot": _("Why not? Somebody else is asked."),
        "decline_busy": _("Busy with somebody else"),
        "decline_topic": _("Not my topic"),
        "decline_language": _("Not my language"),
        "decline_break": _("About to take a break"),
        "notNow": _("Back to the question"),
        "asksYou": _("Asks you now"),
        "asksOther": _("Asks {name} now"),
    }


def _baton_words() -> dict[str, str]:
    """Who answers, and changing it."""
    return {
        "takeOver": _("Take over"),
        "handBack": _("Give back to the assistant"),
        "handBackNote": _("What should the assistant know? (optional)"),
        "givingBack": _("Giving back to the assistant in {n} s"),
        "undo": _("Undo"),
        "holdsYou": _("You answer here"),
        "holdsBot": _("The assistant answers"),
        "holdsOther": _("{name} answers"),
        "taken": _("{name} took over"),
        "returned": _("{name} gave the thread back to the assistant"),
        "asked": _("The shopper asked for a person"),
        "withdrawn": _("The shopper needs no person any more"),
        **_transfer_words(),
    }


def _transfer_words() -> dict[str, str]:
    """A chat goes from one person to another."""
    return {
        "transfer": _("Transfer"),
        "callOff": _("Call off the transfer"),
        "wholeTeam": _("The whole team"),
        "storeTeam": _("Store: {name}"),
        "skilled": _("Who knows: {name}"),
        "anExpert": _("An expert"),
        "freeOf": _("{n} of {all} can take it now"),
        "noTakers": _("Nobody takes chats now; it can wait in the list."),
        "colleague": _("a colleague"),
        "given": _("From {name}"),
        "givenNote": _("From {name}: {note}"),
        "passed_asked": _("{name} passes the chat on."),
        "passed_declined": _("{name} declined: {why}."),
        "passed_lapsed": _("{name} did not answer."),
        "passed_withdrawn": _("{name} takes no more chats."),
        "passed_called_off": _("{name} called the transfer off."),
        "passedNext": _("{name} is asked now."),
        "passedWaits": _("It waits in the list."),
        "passedStays": _("The chat stays where it is."),
    }


def _composer_words() -> dict[str, str]:
    """Writing."""
    return {
        "write": _("Write an answer"),
        "writeTakes": _("Write an answer: sending takes over from the assistant"),
        "writeTakesOther": _("Write an answer: sending takes over from {name}"),
        "writeNote": _("Note for colleagues. The shopper does not see it."),
        "windowClosed": _("The channel's answer window is closed. You can answer once the shopper writes again."),
        "windowLeft": _("You can answer freely for another {time}"),
        "send": _("Send"),
        "sendCard": _("Send card"),
        "tryAgain": _("Try again"),
        "kept": _("Not sent. Your text is kept."),
        "snippets": _("Saved answers"),
        "reply": _("Reply"),
        "replyTo": _("Reply to: {text}"),
        "takeAway": _("Take away: {what}"),
        "fileTooLarge": _("This file is larger than {size}. Please choose a smaller one."),
        "fileUnwanted": _("Only pictures (JPEG, PNG, WebP, GIF), sound, videos (MP4, WebM, MOV) and PDF can be sent."),
        "fileMost": _("At most {n} files at once."),
        "fileNotSent": _("Not sent. Check the connection and send again."),
        "reloadPage": _("Not sent. Please reload the page and try again."),
        "goesAsLink": _("goes as a link on this channel"),
        "typing": _("is writing"),
    }


def _state_words() -> dict[str, str]:
    """What became of a message, and why."""
    return {
        "state_received": _("received"),
        "state_sending": _("Sending"),
        "state_queued": _("Waiting to be sent"),
        "state_retry": _("Will be tried again"),
        "state_accepted": _("Handed over"),
        "state_sent": _("Sent"),
        "state_delivered": _("Delivered"),
        "state_read": _("Read"),
        "state_unknown": _("May have arrived: the platform did not say"),
        "state_failed": _("Not delivered"),
        "state_dead": _("Given up"),
        "state_suppressed": _("Not sent"),
        "why_fence": _("a person had taken over"),
        "why_opted_out": _("the shopper does not want messages"),
        "why_erased": _("the shopper's data has been deleted"),
        "why_window_closed": _("the channel's answer window is closed"),
        "why_unreachable": _("the shopper cannot be reached"),
        "why_bad_request": _("the platform refused it"),
        "why_auth": _("the channel's key is not accepted"),
        "why_policy": _("against the platform's rules"),
        "why_ambiguous": _("the platform did not answer"),
        "why_retry": _("the platform is busy"),
        "onWire": _("Already on its way at take-over"),
    }


def _event_words() -> dict[str, str]:
    """What happened in the thread besides messages."""
    return {
        "rated": _("The shopper rated: {n} of 5"),
        "continued": _("Goes on here, coming from {channel}"),
        "wentOn": _("Went on on {channel}"),
        "inStore": _("{name} opened this in the store by the shopper's code"),
        "note": _("Note by {name}, for colleagues only"),
        "handover_waiting": _("The shopper was told: a person is being looked for"),
        "handover_joined": _("The shopper was told: {name} has joined"),
        "handover_returned": _("The shopper was told: the assistant is back"),
        "handover_closed": _("The shopper was told: the chat is closed"),
        "handover_after_hours": _("The shopper was told: nobody is here right now"),
        "pay": _("Pay link {amount}"),
        "products": _("{n} products"),
        "older": _("Earlier messages"),
    }


def _file_words() -> dict[str, str]:
    """What shoppers send besides words, and why some of it is not here."""
    return {
        "picture": _("Picture"),
        "voice": _("Voice message"),
        "film": _("Video"),
        "attachment": _("File"),
        "enlarge": _("Show {what} large"),
        "fetching": _("Being fetched from the platform"),
        "notKept": _("Not kept: {why}"),
        "file_gone": _("No longer there"),
        "edited": _("edited"),
        "earlierWords": _("Earlier wording"),
        "until": _("until {time}"),
        "takenBack": _("Deleted by the shopper"),
        "quoted": _("Answers {name}: {text}"),
        "quoteGone": _("No longer there"),
        "reaction": _("Reaction: {what}"),
        "place": _("Location"),
        "onMap": _("Show on a map"),
        "contact": _("Contact"),
        **{f"file_{reason.value}": str(reason.label) for reason in Attachment.Reason},
    }


def _side_words() -> dict[str, str]:
    """The pane beside the thread."""
    return {
        "customer": _("Customer"),
        "cart": _("Cart"),
        "catalogue": _("Products"),
        "orders": _("Orders"),
        "notes": _("Notes"),
        "channels": _("Channels"),
        "noCart": _("The cart is empty."),
        "addToCart": _("Add to cart"),
        "whichKind": _("Which one"),
        "oneLess": _("One less"),
        "oneMore": _("One more"),
        "takeOut": _("Take out"),
        "cartLog": _("Who changed what"),
        "noOrders": _("No orders yet."),
        "noProducts": _("Nothing found. Try another word."),
        "notLoaded": _("The products could not be loaded."),
        "corrected": _("Showing results for “{words}”"),
        "consentService": _("answers and order news"),
        "consentMarketing": _("offers"),
        "yes": _("yes"),
        "no": _("no"),
        "since": _("Customer since {date}"),
        "total": _("Total"),
        "left": _("{n} in stock"),
        "soldOut": _("sold out"),
        "from": _("from {price}"),
        "why": _("Why: {reason}"),
        "language": _("Language"),
    }


def _frame_words() -> dict[str, str]:
    """The window itself: the connection, opening and closing."""
    return {
        "locksIn": _("Locks in {n} s."),
        "stay": _("Stay"),
        "open": _("Open"),
        "live": _("Live"),
        "reconnecting": _("Reconnecting. Nothing is lost."),
        "offline": _("You are offline. What you write is kept."),
        "signedOut": _("You are signed out here. Please sign in again."),
        "signIn": _("Sign in"),
        "back": _("Back to the list"),
        "close": _("Close"),
    }
