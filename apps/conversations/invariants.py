"""Threads add up, the inbox forgets nothing and does nothing twice, the outbox never hangs."""

import datetime as dt

from django.db import connection
from django.db.models import Count, F, Max, Q

from apps.merchants import clock
from apps.merchants.invariants import register

from .models import Conversation, InboundEvent, Message

GRACE = dt.timedelta(minutes=2)  # for the lease's own end to be noticed
STALE = dt.timedelta(minutes=30)
SHOWN = 100


def seq_without_gaps() -> list[str]:
    """The numbers of a thread are 1 … last_seq, each once."""
    threads = Conversation.objects.annotate(
        count=Count("messages"), distinct=Count("messages__seq", distinct=True), top=Max("messages__seq")
    ).filter(
        ~Q(count=F("last_seq"))
        | ~Q(distinct=F("last_seq"))
        | Q(last_seq__gt=0, top__isnull=True)
        | (Q(top__isnull=False) & ~Q(top=F("last_seq")))
    )
    return [
        f"conversation {row.pk}: last_seq {row.last_seq}, {row.count} messages, highest {row.top}"
        for row in threads[:SHOWN]
    ]


def nothing_stuck_in_sending() -> list[str]:
    """A lease that ended is noticed, and who is sending has one."""
    now = clock.now()
    stuck = Message.objects.filter(state=Message.State.SENDING).filter(
        Q(lease_until__lt=now - GRACE) | Q(lease=None) | Q(lease_until=None)
    )
    return [f"message {row.pk} is being sent since {row.send_started_at}" for row in stuck[:SHOWN]]


def said_once() -> list[str]:
    """What the shopper wrote stands in the thread once: nothing was handled twice."""
    twice = (
        Message.objects.filter(author=Message.Author.SHOPPER)
        .exclude(external_id="")
        .values("conversation__channel_account", "external_id")
        .annotate(times=Count("pk"))
        .filter(times__gt=1)
    )
    return [f"{row['external_id']} stands {row['times']} times in threads" for row in twice[:SHOWN]]


def answered_once() -> list[str]:
    """One event was stored once."""
    twice = (
        InboundEvent.objects.values("channel_account_id", "event_key").annotate(times=Count("pk")).filter(times__gt=1)
    )
    return [f"event {row['event_key']} is in the inbox {row['times']} times" for row in twice[:SHOWN]]


def nothing_lost() -> list[str]:
    """Every message of the inbox that was dealt with stands in a thread."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT e.id, e.event_key FROM conversations_inboundevent e
            WHERE e.processed_at IS NOT NULL AND e.payload->>'kind' IN ('message', 'choice') AND e.error = ''
              AND NOT EXISTS (
                  SELECT 1 FROM conversations_message m
                  JOIN conversations_conversation c ON c.id = m.conversation_id
                  WHERE m.external_id = e.event_key AND c.channel_account_id = e.channel_account_id)
            LIMIT 100
            """
        )
        return [f"event {pk} ({key}) was dealt with and stands in no thread" for pk, key in cursor]


def one_conversation_per_person() -> list[str]:
    """One identity has one conversation."""
    twice = Conversation.objects.values("identity").annotate(times=Count("pk")).filter(times__gt=1)
    return [f"identity {row['identity']} has {row['times']} conversations" for row in twice[:SHOWN]]


def inbox_moves() -> list[str]:
    """Nothing due waits for half an hour while workers run."""
    late = InboundEvent.objects.filter(processed_at=None, dead_at=None, due_at__lt=clock.now() - STALE)
    return [f"event {row.pk} waits since {row.due_at}" for row in late[:SHOWN]]


def no_word_out_of_turn() -> list[str]:
    """No answer of the assistant began to leave after the baton had moved on."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT m.id, m.send_started_at, t.created_at FROM conversations_message m
            JOIN conversations_threadevent t ON t.conversation_id = m.conversation_id AND t.kind = 'taken'
            JOIN conversations_conversation c ON c.id = m.conversation_id
            WHERE m.author = 'bot' AND m.purpose = 'reply' AND c.owner <> 'bot' AND m.fence < c.fence
              AND m.state IN ('queued', 'retry')
            LIMIT 100
            """
        )
        return [f"message {pk} of the assistant still waits to be sent after take-over" for pk, *_ in cursor]


register("conversations.numbers have no gaps", seq_without_gaps)
register("conversations.nothing stuck in sending", nothing_stuck_in_sending)
register("conversations.said once", said_once)
register("conversations.stored once", answered_once)
register("conversations.nothing lost", nothing_lost)
register("conversations.one per person", one_conversation_per_person)
register("conversations.inbox moves", inbox_moves)
register("conversations.no word out of turn", no_word_out_of_turn)
