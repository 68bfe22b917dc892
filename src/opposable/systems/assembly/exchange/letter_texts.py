"""The words of what voters are written, in French and in English; `letters` fills them in and sends them."""

from opposable.law import t

CODE_SUBJECT = t("Votre code pour voter · {company}", "Your code to vote · {company}")
CODE = t(
    """Votre code : {code}

Il sert une fois, pendant {minutes} minutes, sur le site de vote de {company} :
{site}

Personne ne vous le demandera par téléphone ni par message. Si vous n’avez rien demandé, ne le donnez à personne :
sans lui, votre identifiant n’ouvre rien.
""",
    """Your code: {code}

It serves once, for {minutes} minutes, on the voting site of {company}:
{site}

Nobody will ask you for it by telephone or by message. If you asked for nothing, give it to no one:
without it, your access id opens nothing.
""",
)
CODE_SMS = t(
    "{code} : votre code pour voter, {company}. Il sert une fois, pendant {minutes} minutes. Ne le donnez à personne.\n",
    "{code}: your code to vote, {company}. It serves once, for {minutes} minutes. Give it to no one.\n",
)
AGENDA_SUBJECT = t("Ordre du jour complété · {company}", "Agenda amended · {company}")
AGENDA = t(
    """{holder},

{asked}, l’ordre du jour de « {meeting} » de {company} est complété :

{added}

Le texte, les motifs et le vote :
{site}
""",
    """{holder},

{asked}, the agenda of “{meeting}” of {company} is amended:

{added}

The text, the reasons and the vote:
{site}
""",
)
AGENDA_SENT = t(
    """
Votre formulaire est déjà reçu : ce qu’il dit des autres résolutions reste. Il répond à ce qui est ajouté par votre consigne
pour les résolutions nouvelles ; vous pouvez aussi envoyer le formulaire complété, avec les mêmes votes.
""",
    """
Your form was already received: what it says of the other resolutions stands. It answers what was added by your instruction
for new resolutions; you may also send the completed form, with the same votes.
""",
)
CANCELLED_SUBJECT = t("Assemblée du {day} annulée · {company}", "Meeting of {day} cancelled · {company}")
CANCELLED = t(
    """{holder},

L’assemblée de {company} à laquelle vous étiez convoqué ({meeting}) n’a pas lieu : celle du {day} à {hour} est annulée.
{message}
Un formulaire de vote ou un pouvoir déjà envoyé pour elle est sans effet. Si une autre assemblée la remplace, vous y serez
convoqué à nouveau.
""",
    """{holder},

The meeting of {company} to which you were convened ({meeting}) is not held: that of {day} at {hour} is cancelled.
{message}
A voting form or a proxy already sent for it has no effect. If another meeting replaces it, you will be convened to it anew.
""",
)
RECEIVED_SUBJECT = t("Votre vote est reçu · {company}", "Your vote was received · {company}")
LATE_SUBJECT = t("Votre formulaire est arrivé trop tard · {company}", "Your form came too late · {company}")
CHANGED_SUBJECT = t("Votre vote a changé · {company}", "Your vote has changed · {company}")
ENROLLED_SUBJECT = t("Un moyen d’identification de plus · {company}", "One more means of identification · {company}")
RECEIVED = t(
    """{holder},

{company} a reçu votre formulaire de vote à distance.

Assemblée : {meeting}
Reçu le :   {at}
Acte :      n° {index} du journal, empreinte
            {entry}

Votre reçu, ce qui a été compté, et la preuve à emporter :
{link}

Ce message ne dit pas ce que vous avez voté. Si ce n’est pas vous, prévenez la société sans attendre :
{company}, {address}.

{confirmed}Après l’assemblée, la même page dit si votre vote a été enregistré et pris en compte.
""",
    """{holder},

{company} has received your remote voting form.

Meeting:   {meeting}
Received:  {at}
Act:       no. {index} of the log, digest
           {entry}

Your receipt, what was counted, and the proof to take away:
{link}

This message does not say what you voted. If it was not you, tell the company at once:
{company}, {address}.

{confirmed}After the meeting, the same page says whether your vote was recorded and taken into account.
""",
)
CONFIRMED = t("Confirmation de réception : {cite}.\n", "Confirmation of receipt: {cite}.\n")
LATE = t(
    """{holder},

Votre formulaire de vote à distance est parvenu à {company} après la limite : il est conservé, il n’est pas compté.

Assemblée : {meeting}
Reçu le :   {at}
Acte :      n° {index} du journal, empreinte
            {entry}

La règle, le calcul et la preuve :
{link}

Vous pouvez encore venir voter à l’assemblée.
""",
    """{holder},

Your remote voting form reached {company} after the limit: it is kept, it is not counted.

Meeting:   {meeting}
Received:  {at}
Act:       no. {index} of the log, digest
           {entry}

The rule, the working and the proof:
{link}

You may still come and vote at the meeting.
""",
)
AMENDED = t(
    """{holder},

Vos titres ont changé avant la date d’enregistrement. {company} a modifié en conséquence le vote que vous aviez
exprimé pour « {meeting} »{article}.

Ce qui est compté maintenant, et pourquoi :
{link}
""",
    """{holder},

Your shares changed before the record date. {company} has amended the vote that you had cast for “{meeting}”
accordingly{article}.

What counts now, and why:
{link}
""",
)
VOID = t(
    """{holder},

Vos titres ont changé avant la date d’enregistrement. {company} a invalidé le vote que vous aviez exprimé pour
« {meeting} »{article} : il n’est plus compté.

Pourquoi, et ce que vous pouvez encore faire :
{link}
{site}
""",
    """{holder},

Your shares changed before the record date. {company} has voided the vote that you had cast for “{meeting}”{article}:
it counts no more.

Why, and what you may still do:
{link}
{site}
""",
)
ENROLLED = t(
    """Un moyen d’identification vient d’être ajouté à votre accès au site de vote de {company}.

Si ce n’est pas vous, prévenez la société sans attendre.
{site}
""",
    """A means of identification has just been added to your access to the voting site of {company}.

If it was not you, tell the company at once.
{site}
""",
)
BY_HOLDERS = t("À la demande d’actionnaires", "At the request of shareholders")
BY_NAMED = t("À la demande de {names}", "At the request of {names}")
