"""Terms of our taxonomy for services that come without any, from a table of phrases.

Careful rather than complete: a name or a numbered heading weighs, prose only in its opening sentence.
What is found is marked as a suggestion, so that a person can confirm it.
"""

from __future__ import annotations

import re

LABEL = "suggested from words"
"""`label` of every attribute that was made here."""

NAMES: dict[str, str] = {
    "food-pantry": r"food pantr(?:y|ies)|\bpantry|food bank|food distribution|food co-?op|food baskets?|emergency food|food closet|food cupboard|brown bag|groceries",
    "hot-meals": r"soup kitchen|community kitchen|hot meals?|congregate meal|eating together|meal program|lunch program|our daily bread|dining room|meal sites?",
    "meal-delivery": r"meals[ -]on[ -]wheels|home[ -]delivered meal|meal delivery|moveable feast",
    "food-vouchers": r"food vouchers?|farmers'? market nutrition",
    "snap-help": r"food stamps?|food supplement|\bsnap\b|calfresh",
    "wic": r"\bwic\b|women,? infants,? (?:and|&) children",
    "infant-food": r"infant formula|baby food|baby formula",
    "school-meals": r"school meals?|summer (?:food|meals?)|school lunch|school breakfast",
    "community-garden": r"community garden",
    "emergency-shelter": (
        r"(?:emergency|homeless|night|overnight|winter|cold weather|hypothermia|men'?s|women'?s|family|rotating) shelter"
        r"|^(?!.*(?:animal|violence|abuse|transitional|diversion)).*\bshelter\b(?! care plus| plus|ed)|code blue|rescue mission"
    ),
    "domestic-violence-shelter": r"(?:domestic violence|battered|abused?).{0,25}(?:shelter|safe ?house|safe haven)|safe ?house",
    "transitional-housing": r"transitional (?:housing|shelter|living|home)|halfway house|recovery house",
    "supportive-housing": r"supportive housing|shelter plus care|group homes?|assisted living|permanent housing|residential services?|supported living|community living",
    "rent-help": r"rent(?:al)? (?:assistance|help|supplement)|security deposit|help pay for housing|eviction (?:assistance|prevention)|mortgage assistance",
    "eviction-prevention": r"eviction|tenants?|foreclosure|landlord|homeless(?:ness)? prevention",
    "housing-search": r"housing (?:counseling|search|referral|resource|information|advice)|home ?ownership|home ?buyers?|fair housing|affordable housing|habitat for humanity",
    "housing-vouchers": r"section 8|housing authorit(?:y|ies)|housing commission|housing voucher|public housing|subsidized (?:housing|apartments)|housing choice",
    "home-repair": r"home (?:repair|maintenance|modification|rehab)|weatherization|rebuilding together|housing rehabilitation|lead (?:paint|abatement|poisoning)|accessibility modification",
    "medical-rides": r"medical (?:transport|assistance transport|rides?)|medicaid transport|transportation.{0,12}(?:medical|cancer|dialysis)|road to recovery|ride to (?:care|treatment)",
    "ride-vouchers": r"taxi|call-a-ride|ride voucher|cab voucher",
    "bus-passes": r"bus (?:pass|token|fare)|transit pass|reduced fare|\bmta\b|commuter bus",
    "volunteer-drivers": r"volunteer driver|neighbor ?ride|partners in care|escorted transportation",
    "paratransit": r"paratransit|mobility (?:van|certification|transit)|(?:senior|elderly|specialized|disabled) transport|dial-a-ride|county ?ride|para-transit",
    "gas-help": r"gas(?:oline)? (?:card|voucher)|help pay for gas$|vehicles for change|car repair|donated cars?",
    "energy-help": r"energy assistance|fuel (?:fund|assistance)|utility assistance|electric universal|home energy|office of home energy|help pay for (?:utilities|gas)|\bogy?hep\b|\bmeap\b|\bliheap\b",
    "water-help": r"water (?:bill|assistance)",
    "phone-internet": r"lifeline|tel-?life|internet access|telephone assistance|relay service",
    "clinic": (
        r"\bclinic\b(?!.{0,5}legal)(?<!legal clinic)(?<!law clinic)|health (?:center|dept|department|services?)\b|medical (?:center|clinic|services)|primary care"
        r"|family planning|immunization|hospital|planned parenthood"
    ),
    "mental-health": r"mental health|psychiatr|counseling (?:center|service|program)|psychological|psychotherapy|behavioral health|grief|bereavement|counseling$|therap(?:y|eutic) (?:center|services)",
    "substance-use": r"addiction|substance abuse|drug (?:treatment|abuse)|alcohol|narcotics|detox|methadone|recovery (?:center|program|services)|al-?anon|treatment center|outpatient treatment",
    "dental": r"dental|dentist|oral health",
    "prescription-help": r"prescription|pharmacy assist|medication assist|medbank|medical equipment|loan closet",
    "cash-help": r"emergency (?:cash|assistance|financial)|temporary cash|financial assistance|\btanf\b|cash assistance|burial assistance|family investment",
    "benefits-help": (
        r"social security (?:admin|office)|medical assistance program|medicaid|medicare|benefits (?:counsel|check)|\bship\b|children'?s health program|\bmchp\b|senior health insurance"
        r"|dept\.? of social services|department of social services"
    ),
    "tax-help": r"\bvita\b|tax (?:preparation|assistance|aide|help|counseling)|income tax|cash campaign",
    "child-care": r"child ?care|day ?care(?! for adults)(?<!adult day care)(?<!adult medical day care)|head start|nursery|before and after|after[ -]school|preschool|early learning",
    "parenting": r"parenting|parents? anonymous|family support center|healthy families|home visiting|teen parent|young parents|fathers|mothers (?:club|group)",
    "senior-services": r"senior (?:center|services|citizens|information)|office on aging|department of aging|dept\.? (?:of|on) aging|commission on aging|adult day|older adults?|elder|geriatric|area agency on aging|retired",
    "caregiver-support": r"caregiver|respite",
    "legal-aid": r"legal (?:aid|services?|clinic|assistance|help)|law (?:center|clinic|foundation)|public defender|lawyer|pro bono|bar association|expungement|court(?! appointed)|mediation|rights",
    "immigration-help": r"immigra|refugee|citizenship|asylum|foreign-born",
    "job-search": r"job (?:search|bank|placement|service|center|development|information)|career (?:center|services|counsel)|employment (?:services?|center|program|assistance)|one[ -]stop|workforce|unemployment|work ?source|dors\b",
    "job-training": r"job training|vocational|workforce development|apprentice|rehabilitation services|occupational training|skills training|job corps",
    "adult-education": r"\bged\b|literacy|adult (?:basic )?education|high school diploma|adult learning|library",
    "english-classes": r"\besol\b|\besl\b|english (?:as a|for speakers|classes|language)",
    "diapers": r"diaper",
    "clothing": r"clothing|clothes|coats?\b|thrift|suited|dress for success",
    "furniture": r"furniture|\bbeds\b",
    "household-goods": r"household (?:goods|items)|appliances|school supplies|toiletries|thrift",
    "crisis-line": r"hot ?line|crisis (?:line|center|intervention|response|phone)|suicide|helpline|warm ?line",
    "victim-services": r"domestic violence|sexual assault|rape|victims?\b|abuse intervention|family crisis|house of ruth|abused persons|turnaround|sexual abuse|child abuse|battered",
}
"""Term to what its services are called: tried on the name and on numbered headings."""

OPENINGS: dict[str, str] = {
    "food-pantry": r"(?:operates|provides|offers|runs|maintains|is) (?:an? )?(?:\w+ ){0,3}(?:food pantry|food bank)|(?:provides|distributes|offers) (?:\w+ ){0,3}(?:groceries|food baskets|bags of (?:food|groceries)|nonperishable|non-perishable|emergency food)",
    "hot-meals": r"(?:serves|provides|offers) (?:\w+,? ){0,4}(?:hot meals?|hot lunch|free meals?|soup kitchen|nutritious (?:meals|lunch))|soup kitchen",
    "meal-delivery": r"(?:delivers?|home[- ]delivered|delivery of) (?:\w+,? ){0,4}meals?|meals (?:to|for) (?:\w+ ){0,3}homebound",
    "snap-help": r"(?:administers|provides|apply for|applications? for) (?:\w+,? ){0,4}food stamps",
    "wic": r"\bwic program|women, infants,? and children",
    "emergency-shelter": r"(?:provides|offers|operates|is|an?) (?:an? )?(?:\w+[ -]){0,4}(?:emergency|overnight|homeless|temporary|night) (?:\w+ ){0,2}shelter|shelter for (?:homeless|women|men|families)",
    "domestic-violence-shelter": r"shelter (?:\w+ ){0,4}(?:victims of domestic|battered|abused|domestic violence)",
    "transitional-housing": r"transitional (?:housing|shelter|living)",
    "supportive-housing": r"(?:provides|offers|operates) (?:\w+,? ){0,4}(?:supportive housing|assisted living|group homes?|permanent (?:supportive )?housing|residential (?:services|care|program))",
    "rent-help": r"(?:assist(?:s|ance)?|help|funds?|pays?|financial) (?:\w+,? ){0,6}(?:rent\b|rental assistance|security deposits?|mortgage)",
    "eviction-prevention": r"eviction (?:prevention|assistance|notices?)|(?:prevent|avoid|facing) (?:\w+ ){0,3}(?:eviction|foreclosure)",
    "housing-search": r"housing counseling|home ?ownership counseling|locat(?:e|ing) (?:\w+ ){0,3}(?:housing|apartments)",
    "housing-vouchers": r"section 8|housing choice voucher|public housing|subsidized (?:housing|rental|apartment)|(?:rental|apartments?) (?:\w+ ){0,4}low[- ]income",
    "home-repair": r"home repairs?|weatherization|repairs? (?:\w+ ){0,3}homes|home modification",
    "medical-rides": r"transport(?:ation|s)? (?:\w+,? ){0,6}(?:medical appointment|doctor|dialysis|treatment|health care)",
    "paratransit": r"transportation (?:\w+,? ){0,5}(?:seniors|elderly|disabled|disabilities|older)|paratransit",
    "bus-passes": r"bus (?:tokens|passes)",
    "volunteer-drivers": r"volunteer drivers|volunteers (?:who )?(?:drive|transport)",
    "energy-help": r"(?:pay|payment of|assist(?:s|ance)?|help) (?:\w+,? ){0,6}(?:utility bills?|utilities|heating|energy bills?|electric bills?|gas and electric|bge|fuel)",
    "mental-health": r"(?:provides|offers) (?:\w+,? ){0,4}(?:mental health|psychiatric|psychotherapy|psychological)|(?:individual|group|family),? (?:\w+,? ){0,3}(?:counseling|therapy)",
    "substance-use": r"(?:alcohol|drug|substance|addiction)s? (?:\w+ ){0,3}(?:treatment|counseling|abuse (?:treatment|counseling|services)|rehabilitation)|recover(?:y|ing) (?:\w+ ){0,3}(?:addict|alcohol|substance)|(?:addicted|alcoholics)",
    "clinic": r"primary (?:health |medical )?care|(?:provides|offers) (?:\w+,? ){0,3}(?:health care|medical (?:care|services))|free medical",
    "dental": r"(?:provides|offers) (?:\w+,? ){0,4}dental",
    "prescription-help": r"prescription (?:assistance|drugs?|medications?)|(?:loans|lends|provides) (?:\w+ ){0,3}medical equipment",
    "cash-help": r"emergency (?:financial|cash) assistance|(?:provides|offers) (?:\w+,? ){0,3}financial assistance",
    "child-care": r"(?:provides|offers|operates) (?:\w+,? ){0,4}(?:child care|day ?care for children|before and after|after[- ]school)|head start",
    "parenting": r"parenting (?:classes|skills|education)|(?:support|education) (?:\w+ ){0,2}(?:for|to) (?:\w+ ){0,2}(?:parents|new mothers)",
    "senior-services": r"(?:services|programs|activities|center) (?:\w+,? ){0,3}(?:for|to) (?:\w+ ){0,3}(?:seniors|senior citizens|older adults|elderly|persons 60|adults 60)|adult day care",
    "caregiver-support": r"respite|caregivers",
    "legal-aid": r"legal (?:representation|assistance|advice|services|aid)|free legal|attorney",
    "immigration-help": r"immigrants?|refugees?|asylum|citizenship",
    "job-search": r"(?:employment|job) (?:placement|search|services|counseling|assistance|readiness)|finding (?:employment|jobs?|work)",
    "job-training": r"(?:job|vocational|career|occupational) training|vocational (?:rehabilitation|services)",
    "adult-education": r"\bged\b|literacy|adult basic education|high school diploma",
    "english-classes": r"\besol\b|\besl\b|english (?:as a second|classes|to speakers)",
    "clothing": r"(?:provides|distributes|offers|gives|sells) (?:\w+,? ){0,5}(?:clothing|clothes)",
    "furniture": r"(?:provides|distributes|offers|gives|sells) (?:\w+,? ){0,5}furniture",
    "diapers": r"diapers",
    "crisis-line": r"(?:24[- ]hour|crisis) (?:\w+ ){0,3}(?:hotline|telephone|help ?line)|hotline|suicide prevention",
    "victim-services": r"(?:victims|survivors) of (?:\w+ ){0,4}(?:violence|abuse|assault|crime|rape|incest)|battered women|abused (?:women|persons|spouses)|domestic violence",
}
"""Term to what the opening sentence of a description says of it; a term without a row needs a name or a heading."""

_NAMES = {code: re.compile(pattern) for code, pattern in NAMES.items()}
_OPENINGS = {code: re.compile(pattern) for code, pattern in OPENINGS.items()}
_HEADING = re.compile(r"(?:^|\n)\s*\d{1,2}\.?\)\s*([^:\n]{3,60}):")
_OVERVIEW = re.compile(r"(?:OVERVIEW?|OVEVIEW|OVERVIE)\s*:\s*(.*)", re.DOTALL)
_ASIDE = re.compile(
    r"(?:^|\n)\s*(?:VOLUNTEE\w*|[A-Z ]*DONATIONS?|NOTE|TRANSPORTATION|[A-Z ]*BUS(?: LINES?)?|HOME VISITS?|WHEELCHAIR[A-Z ]*)[A-Z ,/-]*:[^\n]*",
    re.MULTILINE,
)
_REFERS = re.compile(
    r"\brefer(?:s|rals?|red)?\b(?: \w+){0,2} (?:to|for)\b|refers? (?:clients|people|callers)|information and referral|links? (?:\w+ ){0,3}to|donat(?:es|ions? of)|raises funds",
    re.IGNORECASE,
)
_NOT_HELP = re.compile(r"animal|pets?\b|wildlife|humane society|volunteers? (?:needed|center)|speakers bureau", re.IGNORECASE)
_OPENING_LENGTH = 320
LIMIT = 6


def suggest_terms(name: str, description: str) -> list[str]:
    """Codes of our taxonomy that the words of a service suggest, surest first, at most six; often none."""
    if _NOT_HELP.search(name):
        return []
    body = _ASIDE.sub("\n", description.replace("\r", ""))
    headings = " | ".join(heading for heading in _HEADING.findall(body) if not _REFERS.search(heading))
    overview = _OVERVIEW.search(body)
    text = (overview[1] if overview else body).strip()[:_OPENING_LENGTH]
    opening = " ".join(sentence for sentence in re.split(r"(?<=[.!?])\s+", text)[:2] if not _REFERS.search(sentence))
    title, said, parts = (
        name.lower(),
        opening.lower(),
        headings.lower().split(" | ") if headings else [],
    )  # patterns are lower case: twice as fast
    found = [code for code, pattern in _NAMES.items() if pattern.search(title)]
    found += [code for code, pattern in _OPENINGS.items() if pattern.search(said)]
    found += [code for code, pattern in _NAMES.items() if any(pattern.search(part) for part in parts)]
    return _settle(list(dict.fromkeys(found)))


def _settle(codes: list[str]) -> list[str]:
    """A shelter from violence is no general shelter; help with rent says all that eviction prevention would add."""
    if "domestic-violence-shelter" in codes:
        codes = [code for code in codes if code != "emergency-shelter"]
    return codes[:LIMIT]
