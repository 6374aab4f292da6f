"""Message -> Answer: the steps of the message flow, one after the other. A page long.

``respond`` gets the talk's state and returns the next one; it reads no store and no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import conversation
from bot.answer.compose import compose, finish, manner, numbered
from bot.answer.lexicon import Lexicon
from bot.answer.local import NOWHERE, WELCOME_KEYS, Around, say_menu, say_welcome
from bot.answer.warned import say_warning
from bot.conversation import State
from bot.follow import LONGEST, SMALL_TALK, WINDOW, follow
from bot.groups import almost_certain
from bot.judge.judge import Judge
from bot.kb.templates import PRIVATE_LIMIT
from bot.reading import read_in_talk, worth_offering
from bot.types import Answer, Choice, Message, Verdict, VerdictName
from bot.warnings import Finding

_WELCOMED_EVENTS = frozenset({"subscribe", "enter_chat", "scan"})
_ASKS_FOR_NUMBER = "welcome"
_QUIZ_KEY = "MENU_QUIZ"

_SAID_ABOUT_ITSELF = frozenset({"card", "record", "file"})
"""Where title, summary or name tell nothing, the kind's own answer asks for what would."""

_BETWEEN = ":"

AT_THE_WINDOW = frozenset({"screen", "held", "paying", "on_the_way"})
"""In a bank clerk's story these are the clerk's to stop, also where a later line does not say who
tells it."""


@dataclass(frozen=True, slots=True)
class Base:
    """One knowledge base, compiled for judging and answering."""

    judge: Judge
    lexicon: Lexicon

    @property
    def revision(self) -> str:
        return self.judge.knowledge.revision


def respond(
    message: Message,
    state: State,
    base: Base,
    warning: Finding | None = None,
    unasked: bool = False,
    around: Around = NOWHERE,
) -> tuple[Answer, State]:
    """The answer to one message and the state of the talk after it.

    ``warning`` is what is known of the warning that the message holds or asks about. ``unasked``:
    in this group the bot may speak although it was not mentioned, where it is almost certain.
    ``around`` is what events and menu keys are answered with.
    """
    if message.event == "choose":
        return _answer_choice(message, state, base)
    if message.kind == "event":
        return _answer_event(message, state, base, around)
    if state.asked == _ASKS_FOR_NUMBER and message.kind in ("text", "voice"):
        number = conversation.picked(state, message.text.strip())
        if number is not None:
            return _answer_menu(WELCOME_KEYS[number - 1], state, base, around)
    asked = message.chat_type == "private" or message.mentioned
    if message.kind != "text" and not message.text.strip():
        reply = base.lexicon.say(_kind(message)) if asked else None
        return Answer(Verdict("unknown", subject=message.kind), reply, base.revision), state
    if warning is not None and asked:
        verdict, word = _about_warning(warning, message, base)
        if word is not None:
            after = replace(state, asked="", choices=(), quiz="")
            return Answer(verdict, finish(word, message.chat_type), base.revision), after
        message = replace(message, text=warning.rest)
    before = state
    verdict, state = _judge(message, state, base)
    # A warning passed on among neighbours tells of a scam and is none.
    if not asked and not (unasked and warning is None and almost_certain(verdict)):
        return Answer(verdict, None, base.revision), state
    unread = bool(message.trouble) and verdict.entry is None
    if not verdict.positive and (unread or message.kind in _SAID_ABOUT_ITSELF):
        untold = Verdict("unknown", subject=message.trouble or message.kind)
        return Answer(untold, base.lexicon.say(_kind(message)), base.revision), state
    quiz = _quiz(verdict, state, base)
    if quiz is not None:
        said, state = quiz
    else:
        said, state = _words(verdict, message, before, state, base)
    if warning is not None and warning.standing == "not_ours" and message.chat_type == "private":
        with_code = base.lexicon.say("warning.not_ours.besides", reply=said)
        said = with_code if len(with_code) <= PRIVATE_LIMIT else said
    choices = _choices(verdict.choices, base) if verdict.subject == "choices" else ()
    return Answer(verdict, finish(said, message.chat_type), base.revision, choices), state


def _words(
    verdict: Verdict, message: Message, before: State, after: State, base: Base
) -> tuple[str, State]:
    """The words for a verdict; said otherwise where the same kind of words came last."""
    kind = manner(verdict)
    tactic = verdict.name in ("scam", "suspicious")
    again = before.said == kind and (not tactic or before.entry == (verdict.entry or ""))
    if tactic and verdict.category == WINDOW:
        again = False
    if message.kind == "image" and verdict.name == "off_topic" and verdict.subject == "none":
        return base.lexicon.say("pictures.nothing"), after
    said = compose(verdict, message.chat_type, base.lexicon, again, message.kind == "image")
    return said, replace(after, said="" if again else kind)


def _about_warning(found: Finding, message: Message, base: Base) -> tuple[Verdict, str | None]:
    """The word on a warning; None where what the resident says besides it matters more."""
    own = base.judge(found.rest) if found.rest.strip() else None
    name: VerdictName = "suspicious" if found.standing == "changed" else "info"
    verdict = Verdict(name, subject=f"warning:{found.standing}")
    foreign = found.standing in ("not_ours", "malformed")
    if own is not None and (own.name == "emergency" or (foreign and own.positive)):
        return verdict, None
    return verdict, say_warning(found, message.chat_type, base.lexicon)


def _kind(message: Message) -> str:
    """Which template answers a message whose words are not known."""
    return f"pictures.{message.trouble}" if message.trouble else f"kinds.{message.kind}"


def _choices(entries: Sequence[str], base: Base) -> tuple[Choice, ...]:
    """The entries offered, as buttons; each key holds them all, so that another may be tapped."""
    known = [entry for entry in entries if entry in base.lexicon.entries]
    return tuple(
        Choice(
            _BETWEEN.join((str(number), *known)),
            base.lexicon.say("unknown.choices.button", number=str(number)),
        )
        for number, _ in enumerate(known, 1)
    )


def _answer_choice(message: Message, state: State, base: Base) -> tuple[Answer, State]:
    """A tapped button is as good as the number typed, also when the talk is long forgotten."""
    number, *offered = message.event_key.split(_BETWEEN)
    known = [entry for entry in offered if entry in base.lexicon.entries]
    if not number.isdecimal() or len(number) > 1 or not 1 <= int(number) <= len(known):
        return Answer(Verdict("unknown", subject="choose"), None, base.revision), state
    entry = base.lexicon.entries[known[int(number) - 1]]
    verdict = Verdict("scam", category=entry.category, entry=entry.id, score=1.0)
    reply = finish(compose(verdict, message.chat_type, base.lexicon), message.chat_type)
    state = conversation.after(state, number, verdict)
    return Answer(verdict, reply, base.revision, _choices(known, base)), state


def _judge(message: Message, state: State, base: Base) -> tuple[Verdict, State]:
    text, pictured = message.text.strip(), message.kind == "image"
    number = None if pictured else conversation.picked(state, text)
    if number is not None and state.asked == "quiz":
        return Verdict("info", subject=f"quiz:{number}"), state
    if number is not None and state.asked == "choices":
        entry = base.lexicon.entries[state.choices[number - 1]]
        verdict = Verdict("scam", category=entry.category, entry=entry.id, score=1.0)
        return verdict, conversation.after(state, text, verdict)
    # Pictures in a row, or a picture and what is said about it, are one story.
    belongs = pictured or state.pictured
    if number is not None:
        text = base.lexicon.say(f"picked.{number}")
    verdict = read_in_talk(text, state, base.judge, base.lexicon.signs, belongs)
    if number is not None and verdict.name != "scam":
        # A number says what is asked of the resident, not that it is happening now.
        verdict = replace(verdict, name="suspicious", stage=None, subject=None, choices=())
    verdict = worth_offering(verdict)
    if number is None and not pictured:
        guide = base.lexicon.guides.get(verdict.entry or "")
        meant = follow(text, verdict, state, guide.topic if guide else "")
        same = meant.positive and meant.entry == state.entry and len(text) <= LONGEST
        belongs = belongs or meant is not verdict or same
        verdict = meant
    if state.category == WINDOW and verdict.name == "emergency" and verdict.stage in AT_THE_WINDOW:
        verdict = replace(verdict, stage="window")
    if state.distress and not verdict.positive and _says_little(verdict, base):
        verdict = Verdict("info", subject="care")
    return verdict, conversation.after(state, text, verdict, pictured, belongs)


def _says_little(verdict: Verdict, base: Base) -> bool:
    guide = base.lexicon.guides.get(verdict.entry or "")
    return guide is None or guide.topic == SMALL_TALK


def _quiz(verdict: Verdict, state: State, base: Base) -> tuple[str, State] | None:
    """A quiz question when one is asked for, or the word on the number that was given."""
    lexicon = base.lexicon
    if verdict.entry == "quiz" and lexicon.quiz:
        question = lexicon.quiz[state.quizzes % len(lexicon.quiz)]
        reply = lexicon.say(
            "quiz.ask", question=question.question, choices=numbered(list(question.options))
        )
        asked = replace(state, asked="quiz", quiz=question.id, quizzes=state.quizzes + 1)
        return reply, asked
    if verdict.subject is not None and verdict.subject.startswith("quiz:"):
        number = int(verdict.subject.removeprefix("quiz:"))
        found = next((q for q in lexicon.quiz if q.id == state.quiz), None)
        if found is None:
            return None
        path = "quiz.right" if number == found.answer else "quiz.wrong"
        reply = lexicon.say(path, explain=found.explain, answer=str(found.answer))
        return reply, replace(state, asked="", quiz="")
    return None


def _answer_event(
    message: Message, state: State, base: Base, around: Around
) -> tuple[Answer, State]:
    if message.event == "click":
        return _answer_menu(message.event_key, state, base, around)
    verdict = Verdict("info", subject=f"event:{message.event}")
    if message.event not in _WELCOMED_EVENTS:
        return Answer(verdict, None, base.revision), state
    reply = finish(say_welcome(around, base.lexicon), message.chat_type)
    state = replace(state, asked=_ASKS_FOR_NUMBER, choices=(), quiz="")
    return Answer(verdict, reply, base.revision), state


def _answer_menu(key: str, state: State, base: Base, around: Around) -> tuple[Answer, State]:
    """The answer to a menu key, or to the number that stands for it."""
    state = replace(state, asked="", choices=(), quiz="")
    if key == _QUIZ_KEY:
        verdict = Verdict("info", entry="quiz", subject="menu")
        quiz = _quiz(verdict, state, base)
        if quiz is not None:
            said, state = quiz
            return Answer(verdict, finish(said, "private"), base.revision), state
    reply = finish(say_menu(key, around, base.lexicon), "private")
    return Answer(Verdict("info", subject="menu"), reply, base.revision), state
