"""The few sentences that the agent has in languages other than English, and what they answer.

Knows words only. The recogniser understands English alone, so these answer typed turns, and spoken
ones that it happens to write down well.
"""

import re

import msgspec


class Phrases(msgspec.Struct, frozen=True, kw_only=True):
    first_message: str
    greeting: str
    time: str
    """With the fields `hour` and `minute`."""
    goodbye: str
    thanks: str
    unknown: str
    hears_greeting: str
    """This and those below are patterns, matched in lower case."""
    hears_time: str
    hears_goodbye: str
    hears_thanks: str


PHRASES = {
    "es": Phrases(
        first_message="¡Hola! Soy el agente local. Pregúntame la hora.",
        greeting="¡Hola! ¿En qué puedo ayudarte?",
        time="Son las {hour} y {minute}.",
        goodbye="Adiós, y gracias por llamar.",
        thanks="De nada.",
        unknown="No he entendido eso. Puedes preguntarme la hora.",
        hears_greeting=r"\b(?:hola|buenos días|buenas (?:tardes|noches))\b",
        hears_time=r"\bhora\b",
        hears_goodbye=r"\b(?:adi[óo]s|hasta luego)\b",
        hears_thanks=r"\bgracias\b",
    ),
    "fr": Phrases(
        first_message="Bonjour ! Je suis l'agent local. Demandez-moi l'heure.",
        greeting="Bonjour ! Comment puis-je vous aider ?",
        time="Il est {hour} heures {minute}.",
        goodbye="Au revoir, et merci de votre appel.",
        thanks="Je vous en prie.",
        unknown="Je n'ai pas compris. Vous pouvez me demander l'heure.",
        hears_greeting=r"\b(?:bonjour|bonsoir|salut)\b",
        hears_time=r"\bheure\b",
        hears_goodbye=r"\bau revoir\b",
        hears_thanks=r"\bmerci\b",
    ),
    "de": Phrases(
        first_message="Hallo! Ich bin der lokale Agent. Frag mich nach der Uhrzeit.",
        greeting="Hallo! Wie kann ich helfen?",
        time="Es ist {hour} Uhr {minute}.",
        goodbye="Auf Wiedersehen, und danke für den Anruf.",
        thanks="Gern geschehen.",
        unknown="Das habe ich nicht verstanden. Du kannst mich nach der Uhrzeit fragen.",
        hears_greeting=r"\b(?:hallo|guten (?:tag|morgen|abend)|servus|moin)\b",
        hears_time=r"\b(?:uhr|uhrzeit|wie spät)\b",
        hears_goodbye=r"\b(?:auf wiedersehen|tschüss?)\b",
        hears_thanks=r"\bdanke\b",
    ),
    "it": Phrases(
        first_message="Ciao! Sono l'agente locale. Chiedimi l'ora.",
        greeting="Ciao! Come posso aiutarti?",
        time="Sono le {hour} e {minute}.",
        goodbye="Arrivederci, e grazie della chiamata.",
        thanks="Prego.",
        unknown="Non ho capito. Puoi chiedermi l'ora.",
        hears_greeting=r"\b(?:ciao|buon ?giorno|buona ?sera)\b",
        hears_time=r"\b(?:che ore|l'ora|ora)\b",
        hears_goodbye=r"\barrivederci\b",
        hears_thanks=r"\bgrazie\b",
    ),
}
SPOKEN = ("en", *PHRASES)


def base(language: str) -> str:
    """`es-MX` -> `es`."""
    return re.split(r"[-_]", language.lower())[0]
