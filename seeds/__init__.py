"""The sample network: invented organizations around Baltimore, and what happened to forty invented patients.

`data/network/NAME.json` holds one organization: its services as HSDS 3.x documents, written out by hand.
`data/network/rules.json` holds what HSDS has no field for (rules, areas, document codes ...), by id.
`data/people.json` holds accounts, patients and referrals as steps (see story.py). load.py brings them in.
"""
