"""What every webhook's check may say, whoever calls: a platform, a payment provider, a carrier."""


class SignatureWrong(Exception):
    """The webhook does not prove where it comes from: answer 400, store nothing."""


class Malformed(Exception):
    """Genuine, but nothing anybody could read: answer 400, store nothing."""


class NotConfigured(Exception):
    """A secret is missing: answer 503; never accept everybody."""
