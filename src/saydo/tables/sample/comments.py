"""What do customers write? Short texts by language, praise or complaint, and attribute."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LANGUAGES = ("en", "fr", "nl")
N_VARIANTS = 4

# By language; then complaints and praise; then attributes in the order of `company.ATTRIBUTES`.
_TEXTS = {
    "en": (
        (
            (
                "I waited half a day for a simple answer. I don't have that time.",
                "Nobody replies any more. I had to ask twice.",
                "Answers used to take an hour or two, now I hear nothing until the evening.",
                "Still waiting. By the time you reply I have solved it myself.",
            ),
            (
                "Too expensive for what I get.",
                "I found the same basket cheaper elsewhere.",
                "Prices go up every time I look.",
                "Delivery on top of these prices is not worth it to me.",
            ),
            (
                "Half of the vegetables were bruised again.",
                "The quality is not what it was.",
                "Two of the items were broken when they arrived.",
                "Badly packed, and the milk had leaked over everything.",
            ),
            (
                "The app logs me out all the time.",
                "Changing an order takes far too many steps.",
                "I could not find how to return something.",
                "Checkout is a maze. I nearly gave up.",
            ),
        ),
        (
            (
                "Quick answer, problem solved within the hour. Thank you!",
                "I wrote at lunch and had a reply before my coffee was cold.",
                "You answer fast, and that is all I ask for.",
                "Fast, friendly, done.",
            ),
            (
                "Good prices, and the discounts are real.",
                "Cheaper than last year. I noticed!",
                "Fair prices for a weekly shop.",
                "I save money every month with you.",
            ),
            (
                "Everything fresh, as always.",
                "Excellent quality, I never have to check the bag.",
                "The bread alone is worth it.",
                "Carefully packed and really good products.",
            ),
            (
                "Ordering takes me two minutes. Love it.",
                "So easy to use, even for my father.",
                "Everything just works.",
                "Returns are painless.",
            ),
        ),
    ),
    "fr": (
        (
            (
                "J'ai attendu toute la journée pour une simple réponse.",
                "Plus personne ne répond, c'est beaucoup trop long.",
                "Avant, une réponse prenait deux heures. Maintenant, rien avant le soir.",
                "J'attends toujours. Je n'ai pas ce temps-là.",
            ),
            (
                "Trop cher pour ce que c'est.",
                "Je trouve le même panier moins cher ailleurs.",
                "Les prix augmentent sans arrêt.",
                "La livraison en plus, cela ne vaut pas le coup.",
            ),
            (
                "Des légumes abîmés, encore une fois.",
                "La qualité n'est plus ce qu'elle était.",
                "Deux articles cassés à l'arrivée.",
                "Mal emballé, le lait avait coulé partout.",
            ),
            (
                "L'application me déconnecte sans cesse.",
                "Modifier une commande est bien trop compliqué.",
                "Impossible de trouver comment renvoyer un article.",
                "Le paiement est un labyrinthe.",
            ),
        ),
        (
            (
                "Réponse rapide, problème réglé dans l'heure. Merci !",
                "On me répond tout de suite, c'est tout ce que je demande.",
                "Rapide et aimable.",
                "J'ai écrit à midi, réponse avant la fin du repas.",
            ),
            (
                "De bons prix et de vraies promotions.",
                "Moins cher que l'an dernier, bravo.",
                "Des prix corrects pour les courses de la semaine.",
                "Je fais des économies chaque mois.",
            ),
            (
                "Tout est frais, comme toujours.",
                "Excellente qualité.",
                "Le pain est un délice.",
                "Bien emballé et de très bons produits.",
            ),
            (
                "Commander me prend deux minutes.",
                "Très simple, même pour mon père.",
                "Tout fonctionne, tout simplement.",
                "Les retours se font sans souci.",
            ),
        ),
    ),
    "nl": (
        (
            (
                "Een halve dag gewacht op een simpel antwoord.",
                "Niemand antwoordt nog, ik moest het twee keer vragen.",
                "Vroeger had ik binnen twee uur antwoord, nu pas 's avonds.",
                "Ik wacht nog steeds. Die tijd heb ik niet.",
            ),
            (
                "Te duur voor wat ik krijg.",
                "Elders vind ik hetzelfde mandje goedkoper.",
                "De prijzen blijven maar stijgen.",
                "Met de bezorgkosten erbij is het me te duur.",
            ),
            (
                "De groenten waren weer gekneusd.",
                "De kwaliteit is niet meer wat ze was.",
                "Twee artikelen kwamen kapot aan.",
                "Slecht ingepakt, de melk had gelekt.",
            ),
            (
                "De app logt me steeds uit.",
                "Een bestelling wijzigen is veel te omslachtig.",
                "Ik kon niet vinden hoe ik iets terugstuur.",
                "Afrekenen is een doolhof.",
            ),
        ),
        (
            (
                "Snel antwoord, binnen het uur opgelost. Bedankt!",
                "Jullie antwoorden snel, meer vraag ik niet.",
                "Snel en vriendelijk.",
                "Tijdens de lunch gemaild, meteen antwoord.",
            ),
            (
                "Goede prijzen en echte kortingen.",
                "Goedkoper dan vorig jaar, mooi zo.",
                "Eerlijke prijzen voor de weekboodschappen.",
                "Ik bespaar elke maand.",
            ),
            (
                "Alles vers, zoals altijd.",
                "Uitstekende kwaliteit.",
                "Het brood alleen al is het waard.",
                "Zorgvuldig ingepakt en echt goede producten.",
            ),
            (
                "Bestellen kost me twee minuten.",
                "Heel makkelijk, zelfs voor mijn vader.",
                "Alles werkt gewoon.",
                "Terugsturen gaat moeiteloos.",
            ),
        ),
    ),
}

TEXTS = tuple(
    text
    for language in LANGUAGES
    for attitude in _TEXTS[language]
    for attribute in attitude
    for text in attribute
)
"""All texts in one row, which `text_number` counts along."""


def text_number(
    language: NDArray[np.integer],
    praises: NDArray[np.bool_],
    attribute: NDArray[np.integer],
    variant: NDArray[np.integer],
) -> NDArray[np.integer]:
    """Place in `TEXTS` of each comment."""
    n_attributes = len(TEXTS) // (len(LANGUAGES) * 2 * N_VARIANTS)
    return ((language * 2 + praises) * n_attributes + attribute) * N_VARIANTS + variant
