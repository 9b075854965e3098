"""Languages an agent may be asked to speak, by the code that goes over the wire (ISO 639-1)."""

LANGUAGES = {
    "en": "English", "ar": "Arabic", "bg": "Bulgarian", "zh": "Chinese", "hr": "Croatian",
    "cs": "Czech", "da": "Danish", "nl": "Dutch", "fil": "Filipino", "fi": "Finnish",
    "fr": "French", "de": "German", "el": "Greek", "hi": "Hindi", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "ms": "Malay",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "pt-br": "Portuguese (Brazil)",
    "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "es": "Spanish", "sv": "Swedish",
    "ta": "Tamil", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese",
}  # fmt: skip
