"""What to do about each cause and code. Meanings of causes and plan codes are the farm's own, next to their lists."""

from farm.states import Cause

CAUSE_STEPS: dict[Cause, str] = {
    Cause.BUILD_ERROR: "Read the excerpt on the build's page; its line number leads into the whole log.",
    Cause.MARKER_MISSING: "The boot's expectations say which line never came, its end what came instead.",
    Cause.GUEST_PANIC: "The case on the boot's page leads to the forbidden line; the lines above it usually say why.",
    Cause.GUEST_EXIT: "The last lines of the console say with which status the application ended.",
    Cause.GUEST_TIMEOUT: "Look at the time of the last line: a hang is a bug, a slow boot wants a longer boot.timeout.",
    Cause.EVIDENCE_REJECTED: "Compare expected and actual values in the appraisal's steps.",
    Cause.WORKER_LOST: "Nothing to mend in the commit. The farm tries again; an operator looks at the lab's worker.",
    Cause.POWER_FAILED: "The farm tries again; after three faults in a row the machine is taken for bad.",
    Cause.MEDIUM_FAILED: "The farm tries again. If it stays, look at the free space on the lab host.",
    Cause.CONSOLE_LOST: "The farm tries again. What was heard until then is kept.",
    Cause.HYPERVISOR_ERROR: "The farm tries again. The detail quotes the hypervisor; libvirt's own log has more.",
    Cause.STORAGE_ERROR: "The farm tries again. An operator frees space on the farm's disk.",
    Cause.TOOLCHAIN_ERROR: "The farm tries again. If fetching failed, see whether the builder reaches the registry.",
    Cause.VERIFIER_ERROR: (
        "Nothing to mend in the commit. The evidence is kept and appraised again by itself; what fails whatever is "
        "tried can be written off on the boot's page."
    ),
    Cause.BY_USER: "Run it again from its page if that was a mistake.",
    Cause.SUPERSEDED: "Look at the newer one; its page names the commit.",
}

CODE_STEPS: dict[str, str] = {
    "CFG001": "Take the key that the message suggests, or remove it; unknown keys are never ignored.",
    "CFG002": 'Write the value as the message shows; durations carry a unit, such as "90s".',
    "CFG003": "Mend the TOML where the caret stands; single quotes take backslashes as they are.",
    "CFG004": "Keep one of the two keys.",
    "CFG010": "Take a machine, tag or pool of the machines page, which also says why one is out of service.",
    "CFG011": "Take a firmware that the message names.",
    "CFG012": "Selectors are names, globs, tag:x, pool:x, joined by &, | and !, with parentheses.",
    "CFG020": "Narrow boot.machines or boot.firmware, or raise boot.max_boots to the number in the message.",
    "CFG021": "Loosen boot.exclude, or remove the entry that excludes nothing.",
    "CFG022": 'Leave boot.by at "disk".',
    "CFG030": "Ask for less, or allow the machines that can't reach it in attest.allow.",
    "CFG040": "Ask a maintainer to make that change on the trusted branch.",
}

ERRORS: dict[str, tuple[str, str]] = {
    "bad-request": ("A value that can never work as it stands.", "The message names it; nothing was changed."),
    "not-found": ("There is no such thing, or no longer.", "The message names the nearest match where there is one."),
    "not-logged-in": ("Writing needs a token or a session.", "Log in, or send a token in the Authorization header."),
    "not-allowed": ("You are known, but lack a scope.", "The message names the scope; an admin grants it."),
    "conflict": ("The thing is in a state that forbids this.", "The message names both states; reload the page."),
    "stale": (
        "The thing has changed since you saw it, so nothing was decided.",
        "The message says what it is now; look at it, and decide anew.",
    ),
    "if-match-missing": (
        "A decision over the API says what it was made about.",
        "Send the `ETag` of the answer that you decide by in the header `If-Match`.",
    ),
    "method-not-allowed": ("The address is right, but it takes no such method.", "See `/api/v1/openapi.json`."),
    "not-json": ("The body is not JSON.", "Send JSON with the Content-Type `application/json`."),
    "bad-patch": ("A patch that can't be read.", "Send it as text, or as `base64:` and valid base64 behind it."),
    "untrusted-host": (
        "The farm was asked for under a name that it does not go by.",
        "Its operator adds the name to the setting `trusted_hosts` (BOOTFARM_TRUSTED_HOSTS).",
    ),
    "idempotency-key-reused": (
        "This Idempotency-Key stood for another request before.",
        "Take a new key for each request; the same key goes with the same body only.",
    ),
    "too-large": ("More bytes than the farm takes for such a thing.", "The message names the bound."),
    "plan-refused": ("The plan file at this commit has mistakes.", "Each is shown with its place and its own code."),
    "storage-error": ("The farm's own disk or database failed.", "Never a verdict about a commit; tell the operator."),
    "unavailable": ("The farm can't do it at this moment.", "Try again; nothing was changed."),
    "our-bug": ("The farm made a mistake.", "Tell the operator the request id; nothing was half written."),
    "form-expired": ("The form belongs to another session.", "Reload the page and send the form again."),
    "unknown-repository": ("The farm doesn't know this repository.", "Paste its URL on the submit page; that adds it."),
    "unknown-image": ("No boot and no evidence here is of this digest.", "Check it, or give the digest of the file."),
    "unknown-key": ("No evidence here was signed with this key.", "Check the Name, which begins with 000b."),
    "ambiguous-key": ("The digits fit the Names of several keys.", "Give more digits; the message has some that fit."),
    "ambiguous-digest": ("The digits fit several images.", "Give more digits; the message lists what they fit."),
    "made-up-farm": ("This farm's history is made up, and nothing real gets into it.", "Use a home of its own."),
    "farm-not-empty": ("A made-up history needs an empty farm.", "Name a new folder in BOOTFARM_HOME."),
    "lease-over": ("A worker's right to a job has ended.", "The worker stops; the farm has given the job to another."),
    "console-offset-ahead": (
        "Bytes of a console that leave out some before them.",
        "The worker sends again from the offset that the answer expects.",
    ),
    "console-finished": ("Bytes for a console that has ended.", "They were not stored; a new attempt has its own."),
    "digest-mismatch": ("Bytes and their announced SHA-256 differ.", "Send them again; they were not stored."),
    "git-bad-url": (
        "A URL that this farm doesn't touch.",
        "https and ssh are taken, a local path where allowed.",
    ),
    "git-unreachable": ("The other side did not answer as a git repository.", "See whether the URL works elsewhere."),
    "git-no-such-ref": ("The repository has no such branch, tag or commit.", "Push it first, or pick one of the list."),
    "git-ambiguous-ref": ("Several commits begin like this.", "Write more characters of the hash."),
    "git-patch-does-not-apply": (
        "The patch doesn't fit this commit.",
        "Make it with `git diff` against that ref.",
    ),
    "git-too-large": ("The repository or a file in it is beyond the farm's bounds.", "The message names the bound."),
    "git-timeout": ("The repository took too long to answer.", "Try again in a minute."),
    "git-git-failed": ("Git itself failed.", "The message quotes it; tell the operator if it stays."),
    "policy-refused": ("The text of a policy has mistakes.", "Each is shown with its line and column."),
    "bundle-refused": ("The file is no bundle of evidence.", "Download it again from the boot's page."),
    "pruned": ("A rule of retention removed the bytes.", "The message names rule and date; the appraisals stay."),
    "signing-keys": ("The farm's signing keys are not whole.", "An operator restores them, or makes a new key."),
}

STEP_HELP = (
    "The boot's page shows what was expected and what came. Compare it with the last boot that was affirming on the "
    "same machine: what differs is named in words. Checks run in order, and the first that fails ends them."
)

KEYS = {
    "/": "search",
    "g o": "go to the overview",
    "g b": "go to boots",
    "g u": "go to builds",
    "g s": "go to submissions",
    "g m": "go to machines",
    "g n": "new submission",
    "j k": "next and previous row",
    "o": "open the row",
    "n p": "next and previous found or decisive line",
    "f": "follow the console",
    "[ ]": "previous and next boot on this machine",
    "?": "this list",
}
