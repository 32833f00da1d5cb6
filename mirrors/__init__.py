"""Git with untrusted input: bare mirrors, revisions, patches and plain checkouts. Knows neither farm nor workers."""

from mirrors.checkout import Checkout
from mirrors.errors import MirrorCode, MirrorError
from mirrors.mirror import Mirror
from mirrors.revisions import Commit, Ref
from mirrors.url import UrlPolicy, checked_url

__all__ = ["Checkout", "Commit", "Mirror", "MirrorCode", "MirrorError", "Ref", "UrlPolicy", "checked_url"]
