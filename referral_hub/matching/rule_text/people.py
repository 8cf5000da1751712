"""Words for people and for what an eligibility sentence does with them, as patterns."""

from __future__ import annotations

import re

HEADS = re.compile(
    r"\b(?:persons?|people|individuals?|adults?|child(?:ren)?|youths?|teen(?:s|ager|agers)?|adolescents?|infants?|toddlers?|newborns?|preschoolers?"
    r"|boys?|girls?|men|women|man|woman|males?|females?|seniors?(?!\s+housing)|elderly|elders|residents?|citizens?|client[s]?|patients?"
    r"|famil(?:y|ies)|households?|parents?|mothers?|fathers?|caregivers?|guardians?|grandparents?|spouses?|dependents?|friends?|relatives?|siblings?|couples?"
    r"|survivors?|victims?|immigrants?|asylees?|migrants?|offenders?|inmates?|anyone|everyone|anybody|others|those|somebody|someone"
    r"|agenc(?:y|ies)|business(?:es)?|organizations?|schools?|churches|professionals?|providers?|employers?|employees?|groups?"
    r"|homeowners?|homebuyers?|tenants?|(?:tax\s*)?payers?|workers?|abusers?|recipients?|seekers?|members?|volunteers?|mentors?|foster"
    r"|the\s+(?:disabled|homeless|unemployed|elderly|public|community)|non-profits?|dentists?|physicians?|juveniles?|addicts?|learners?|veterans|students|refugees)\b",
    re.IGNORECASE,
)
"""Nouns that name a group of people, or an organization instead of people."""
PAIRS = re.compile(
    r"\b(?:men(?:\s+and|\s+or|/)\s*women|women(?:\s+and|\s+or|/)\s*men|males?\s+(?:and|or)\s+females?|boys\s+(?:and|or)\s+girls|girls\s+(?:and|or)\s+boys"
    r"|child(?:ren)?(?:\s+and|\s+or|\s*&|/)\s*(?:youth|adolescents|teens|teenagers)|(?:adolescents|teens|youth)\s+and\s+(?:youth|teens|adolescents|young\s+adults)"
    r"|individuals\s+and\s+families|children\s+and\s+adults|adults\s+(?:and|or)\s+children|families\s+and\s+individuals|infants\s+and\s+(?:young\s+)?(?:children|toddlers)|children\s+and\s+families)\b",
    re.IGNORECASE,
)
"""Two words for one group: the criterion holds for both."""
FAMILY_TAIL = re.compile(r"^\s*,?\s*\(?(?:and|with|&)?\s*their\s+(?:families|family|parents|parent|children)\s*\)?[\s.,;]*$", re.IGNORECASE)
"""After a group: the help is for the household of somebody who fits."""
QUALIFIER = re.compile(
    r"\b(?:who|whose|with|without|in\s+need|in\s+recovery|needing|that|suffering|diagnosed|addicted|able|unable|experiencing|dealing|living|recovering|seeking"
    r"|interested|committed|requiring|coming|affected|incapable|not|no|currently|has|have|having|be|being|is|are|at|under|on|from|due|to|out|substance|drug|alcohol|physically)\b",
    re.IGNORECASE,
)
"""What begins a phrase that narrows the group before it."""
VETO = re.compile(
    r"\b(?:except(?:ions?|ing|ed)?|acception|unless|prefer(?:s|red|ence|ably)?|priority|priorities|primar(?:y|ily)|most(?:ly)?|focus(?:ed|es)?|geared|target(?:s|ed)?"
    r"|some|may|might|can|could|varies|vary|depend(?:s|ing)?|regardless|welcome[ds]?|encouraged|recommended|if|when|whether|waived?|either|mainly|mostly|typically"
    r"|generally|usually|often|especially|other\s+than|rather\s+than|instead|however|although|though|but|only\s+for|specific|certain|various|prior|formerly\s+homeless"
    r"|not\s+(?:required|necessary|needed|limited|restricted)|does\s+not\s+have\s+to|do\s+not\s+have\s+to|need\s+not|no\s+(?:age|income|residency|eligibility)"
    r"|of\s+any\s+income|in\s+danger\s+of|at[\s-]+risk\s+of|danger\s+of|suspect(?:ed|s)?|thinks?|prospective|potential"
    r"|supporters?|serving\s+organizations?|donat\w+|welcomed|up-to-date|per\s+week)\b|\?|e\.g\.|:",
    re.IGNORECASE,
)
"""Words after which nothing in a sentence is a plain requirement."""
MAY_VISIT = re.compile(r"\b(?:may|can)\s+(?=(?:only\s+)?(?:visit|come|shop|get|receive|use|be\s+served)\b)", re.IGNORECASE)
"""May, in "may visit once a month": a limit to visits, and nothing else, is read beside it."""
ILLUSTRATION = re.compile(
    r"\b(?:including|includes?|such\s+as|for\s+example|for\s+instance|like|also|as\s+well\s+as|plus|then)\b|\bi\.e\.", re.IGNORECASE
)
"""What follows are examples or additions: no requirement is read there."""
NEGATION = re.compile(r"\b(?:not|no|non|never|without|cannot|neither|nor|excluding|excludes?|non-)(?:\W+\w+){0,3}\W*$", re.IGNORECASE)
"""Just before a phrase: it is denied."""
OTHER_SUBJECT = re.compile(
    r"^\W*(?:all\s+|any\s+|the\s+|prospective\s+)?(?:mentors?|volunteers?|tutors?|guests?|parents?(?:/guardians?)?|guardians?|caregivers?|spouses?|staff|providers?|mentees|boys|girls"
    r"|training|counseling|program|camp|homeowners?|alleged|substance\s+abusers|one\s+parent|applications?|referrals?)\b.*\b(?:must|are|is|should|need)\b",
    re.IGNORECASE,
)
"""A sentence about somebody else than the one who is helped."""
PROGRAM = re.compile(
    r"\b(?:programs?|class(?:es)?|camps?|groups?|services?|tutoring|counseling|clinics?|kitchen|pantry|workshops?|training|tests?|screenings?|membership|vouchers?|housing|training"
    r"|vocational|school|grades?|for|of|is|are|about|from|through|adopt|adoption|foster|whose|mentoring|volunteers?|mentors?|guests?|families|family|parents?|guardians?|spouses?|caregivers?"
    r"|mothers?|fathers?|to|women\s+with|with\s+an?\s+(?:child|infant|baby|newborn)|unless|and\s+their|day|care)\b",
    re.IGNORECASE,
)
"""Left of an age: the age is perhaps that of something else."""
OPENER = re.compile(
    r"^\W*(?:(?:services?\s+(?:are\s+|is\s+)?)?(?:open|available|limited|restricted|provided|offered)\s+(?:only\s+)?(?:to|for)|for|serves?|serving"
    r"|(?:(?:clients?|applicants?|participants?|patients?|individuals?|persons?|people|residents?|recipients?|you|child|children|client|applicant|participant|everyone)\s+)?must\s+(?:also\s+)?(?:be|have)"
    r"|eligible|requires?)\b",
    re.IGNORECASE,
)
"""How a requirement begins."""
PLAIN = re.compile(
    r"\b(?:any|all|every|each|only|a|an|the|single|adult|young|low[\s-]+income|who|are|is|that|and|must|be|have|currently|legally|aged?|ages|years?|old|of\s+age"
    r"|eligible|diagnosed|in\s+need(?:\s+of\s+services)?|self-sufficient|frail|elderly|local)\b",
    re.IGNORECASE,
)
"""Words left of a phrase that leave its meaning as it is."""
FILLER = re.compile(
    r"\b(?:any|all|every|only|a|an|the|who|are|is|that|and|or|must|be|have|persons?|people|individuals?|anyone|everyone|adults?"
    r"|clients?|patients?|applicants?|participants?|open\s+to|available\s+to|limited\s+to|serves|for|of\s+(?:any|all)\s+ages?|of\s+age|years?|old|aged?|ages|in\s+age"
    r"|they|families|family|parents|households?|their)\b",
    re.IGNORECASE,
)
"""Words that ask nothing of anybody beside a phrase that was understood."""
AGED = re.compile(
    r"\b(?:child(?:ren)?|youths?|infants?|teens?|teenagers|adolescents?|toddlers?|newborns?|seniors?\s+citizens?|seniors?|elderly|older\s+adults)\b",
    re.IGNORECASE,
)
"""Names of an age, which say nothing more where the age itself is given."""
WITH_CHILDREN = re.compile(r"\b(?:with|of|having)\s+(?:\w+\s+)?(?:child(?:ren)?|famil(?:y|ies)|infants?)\b", re.IGNORECASE)
"""More than a head of the group: it is kept as text."""
ASIDE = re.compile(r"^\W*(?:also\W+)?(?:please\s+)?(?:see|call|contact|refer)\b", re.IGNORECASE)
"""Where to read more: no group of people."""
BESIDE = re.compile(
    r"^\W*(?:no\b|accepts?\b|includes?\b|application|primarily\b)|\bwelcome\b|\b(?:does|do)\s+not\s+have\s+to\b", re.IGNORECASE
)
"""Adds no group to those of another sentence."""
UNIVERSAL = re.compile(
    r"\b(?:open\s+to\s+(?:the\s+)?(?:general\s+)?(?:public|all|(?:anyone|everyone)(?!,?\s+(?:ages?|over|\d|who|with))|any\s+interested)|all\s+are\s+welcome|no\s+(?:restrictions?|limits?\s+on|eligibility)|serves\s+(?:persons\s+of\s+)?all\s+ages"
    r"|^\W*(?:the\s+)?(?:general\s+)?public\W*$|^\W*all\s+ages|^\W*anyone\b(?!\s+(?:who|with|over|ages?|\d)))",
    re.IGNORECASE,
)
"""Open to everybody: what other sentences say is about a part of the service."""
ELSEWHERE = re.compile(r"\b(?:all\s+ages|any\s+age|age\s+(?:limits?|restrictions?|requirements?)|ages?\s+var(?:y|ies))\b", re.IGNORECASE)
"""Says that ages do not bind: no age is read from the whole text."""
TO_DO = re.compile(
    r"^\s*(?:,?\s*(?:for\s+(?!at\s+least|more\s+than|(?:the\s+)?(?:past|last))|to\s+(?!participate|apply|be\s+eligible|enroll|register|become\s+an?\b)|unless|depending))",
    re.IGNORECASE,
)
"""Right of an age: it binds only for something."""
DURATION = re.compile(
    r"\d+\s*-?\s*(?:days?|months?|weeks?|hours?|minutes?|years?)\b|\b501\b|\d+\s*%(?!.*poverty)|\b\d+\s+of\s+\d+\b|\b\d+(?:st|nd|rd|th)\b",
    re.IGNORECASE,
)
CHILDREN = re.compile(r"\b(?:(?:expectant\s+)?(?:families|parents|households?|women|mothers|adults|individuals|family|men)(?:\s+(?:and|or)\s+(?:individuals|families))?\s+(?:with|of|having|w/)\s+(?:dependent\s+|minor\s+|young\s+)?(?:child(?:ren)?|infants?|newborns?)\b)[\s,(]*(?:who\s+are\s+|ranging\s+)?(?:ages?\s+)?(?:from\s+)?$", re.IGNORECASE)  # fmt: skip
"""Left of an age: it is a child's, and the household is asked for one."""
AFTER_JOINT = re.compile(rf"^[\s)]*(?:,\s*+(?:and/or\b|and\b|or\b)?+|and/or\b|and\b|or\b|&|/)\s*+(?!{QUALIFIER.pattern}|[\x00\x01]|current\b|in\b|$|ages?\b|receiv|requir|need|their\b|families\b|willing|\d)", re.IGNORECASE)  # fmt: skip
"""Right of a status: something stands beside it that may be another way to qualify."""
