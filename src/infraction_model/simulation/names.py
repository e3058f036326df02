"""Names of streets and officers put together from very common words; none is a real person's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# "type|particle|core": names that fit a kind of zone, taken first.
BY_KIND: dict[str, tuple[str, ...]] = {
    "market": ("Place|du|Marché", "Place|des|Halles", "Rue|du|Marché aux Herbes",
               "Rue|des|Halles", "Place|de la|Poissonnerie", "Rue|du|Marché au Blé",
               "Place|d'|Armes"),
    "station": ("Place|de la|Gare", "Avenue|de la|Gare", "Rue|du|Chemin de Fer",
                "Rue|des|Cheminots", "Boulevard|de la|Gare", "Rue|de|Paris",
                "Rue|de l'|Embarcadère"),
    "school": ("Rue|des|Écoles", "Rue||Jules Ferry", "Rue|de l'|École Normale", "Rue|du|Collège",
               "Rue||Ferdinand Buisson", "Rue|du|Lycée", "Place|de l'|École", "Rue||Jean Macé"),
    "shoppers": ("Place|de l'|Hôtel de Ville", "Rue|du|Commerce", "||Grande Rue",
                 "Rue|de la|République", "Rue|de l'|Église", "Place|de l'|Église",
                 "Rue||Victor Hugo", "Rue|des|Tanneurs", "Rue||Nationale", "Place||Victor Hugo"),
    "deliveries": ("Rue|des|Bouchers", "Rue|de la|Boucherie", "Rue|des|Boulangers",
                   "Rue|des|Tonneliers", "Rue|du|Grenier à Sel"),
    "evening": ("Place|du|Théâtre", "Rue|du|Théâtre", "Place|de la|Fontaine", "Quai|des|Mariniers",
                "Rue|de la|Brasserie", "Place|du|Général Leclerc", "Quai|de la|Tannerie"),
    "commuters": ("Boulevard||Gambetta", "Rue|de la|Préfecture", "Rue|de l'|Hôpital",
                  "Avenue|du|Général de Gaulle", "Boulevard|de la|Liberté", "Rue|du|Palais"),
}  # fmt: skip

CORES: tuple[str, ...] = (
    "du|Maréchal Foch", "du|Maréchal Joffre", "du|Général Leclerc", "du|Docteur Roux",
    "du|Docteur Calmette", "du|Président Wilson", "du|Commandant Charcot", "du|Capitaine Guynemer",
    "de|Verdun", "de la|Marne", "de la|Somme", "du|8 Mai 1945", "du|11 Novembre",
    "du|19 Mars 1962", "de la|Victoire", "de la|Paix", "de la|Résistance", "de l'|Abbaye",
    "du|Château", "du|Moulin", "du|Pont Neuf", "du|Lavoir", "de la|Fontaine Bleue",
    "du|Four Banal", "de la|Croix Blanche", "du|Puits", "du|Cimetière", "des|Jardins",
    "des|Acacias", "des|Tilleuls", "des|Marronniers", "des|Lilas", "des|Rosiers", "des|Peupliers",
    "des|Érables", "des|Cerisiers", "des|Chênes", "des|Bouleaux", "des|Platanes", "des|Glycines",
    "des|Mimosas", "des|Violettes", "du|Stade", "de la|Piscine", "de la|Bibliothèque", "du|Musée",
    "de la|Poste", "des|Remparts", "des|Fossés", "du|Beffroi", "de la|Tour", "de la|Citadelle",
    "des|Cordeliers", "des|Capucins", "des|Jacobins", "des|Ursulines", "des|Carmes", "du|Chapitre",
    "|Saint-Jacques", "|Saint-Nicolas", "|Saint-Éloi", "|Saint-Roch", "|Saint-Vincent",
    "|Sainte-Anne", "|Sainte-Catherine", "|Sainte-Barbe", "|Notre-Dame", "|Émile Zola",
    "|Anatole France", "|Jean Jaurès", "|Léon Blum", "|Jean Moulin", "|Pierre Brossolette",
    "|Aristide Briand", "|Jules Verne", "|Alphonse Daudet", "|Molière", "|Racine", "|Voltaire",
    "|Jean-Jacques Rousseau", "|Diderot", "|Descartes", "|Pascal", "|Montaigne", "|La Bruyère",
    "|Lamartine", "|Alfred de Musset", "|Honoré de Balzac", "|Gustave Flaubert",
    "|Guy de Maupassant", "|Charles Péguy", "|Paul Verlaine", "|Arthur Rimbaud", "|Marcel Pagnol",
    "|Colette", "|George Sand", "|Albert Camus", "|Jacques Prévert", "|Paul Éluard",
    "|Louis Aragon", "|Claude Monet", "|Auguste Renoir", "|Paul Cézanne", "|Henri Matisse",
    "|Hector Berlioz", "|Georges Bizet", "|Claude Debussy", "|Maurice Ravel", "|Louis Pasteur",
    "|Pierre et Marie Curie", "|Ampère", "|Denis Papin", "|Louis Braille", "|Ambroise Paré",
    "|Claude Bernard", "|Lavoisier", "|Arago", "|Lakanal", "|Danton", "|Mirabeau", "|La Fayette",
    "|Jeanne d'Arc", "|Vauban", "|Turenne", "|Bayard", "|Jean Bart", "|Jacques Cartier",
    "|Louis Blériot", "|Hélène Boucher", "|Jean Mermoz", "|Olympe de Gouges", "|Louise Michel",
    "|Simone Veil", "|Rosa Parks", "des|Alouettes", "des|Hirondelles", "des|Pinsons",
    "des|Mésanges", "de la|Vallée", "des|Coteaux", "des|Vignes", "des|Prés", "du|Bois Joli",
    "de la|Plaine", "de la|Source", "du|Ruisseau", "des|Étangs", "du|Canal", "du|Port",
    "des|Maraîchers", "des|Potiers", "des|Forgerons", "des|Drapiers", "des|Filatures",
    "de l'|Industrie", "de l'|Avenir", "de la|Fraternité", "de l'|Égalité", "de l'|Europe",
)  # fmt: skip

TYPES: tuple[tuple[str, float], ...] = (
    ("Rue", 0.62), ("Avenue", 0.12), ("Boulevard", 0.07), ("Place", 0.06), ("Impasse", 0.04),
    ("Allée", 0.05), ("Chemin", 0.04),
)  # fmt: skip

FIRST_NAMES: tuple[str, ...] = (
    "Marie", "Jean", "Nathalie", "Philippe", "Isabelle", "Michel", "Sylvie", "Alain", "Catherine",
    "Patrick", "Martine", "Nicolas", "Christine", "Christophe", "Valérie", "Pierre", "Sandrine",
    "Laurent", "Céline", "Frédéric", "Stéphanie", "Éric", "Sophie", "David", "Laurence",
    "Stéphane", "Julie", "Olivier", "Émilie", "Julien",
)  # fmt: skip

LAST_NAMES: tuple[str, ...] = (
    "Martin", "Bernard", "Thomas", "Petit", "Robert", "Richard", "Durand", "Dubois", "Moreau",
    "Laurent", "Simon", "Michel", "Lefebvre", "Leroy", "Roux", "David", "Bertrand", "Morel",
    "Fournier", "Girard", "Bonnet", "Dupont", "Lambert", "Fontaine", "Rousseau", "Vincent",
    "Muller", "Lefèvre", "Faure", "André",
)  # fmt: skip


@dataclass(frozen=True)
class StreetName:
    """A street's name in parts, so that it can be respelt: "Rue", "du", "Général de Gaulle"."""

    type: str
    particle: str
    core: str

    @property
    def official(self) -> str:
        """The name as the register of streets has it."""
        return join(self.type, self.particle, self.core)


def join(street_type: str, particle: str, core: str) -> str:
    """The parts of a name with blanks between, none after an elided particle."""
    rest = [particle + core] if particle.endswith("'") else [particle, core]
    return " ".join(part for part in (street_type, *rest) if part)


def street_names(kinds: list[str], rng: np.random.Generator) -> list[StreetName]:
    """One distinct name per zone: those that fit its kind, then common ones, then persons'."""
    taken: set[str] = set()
    fitting = {kind: [StreetName(*n.split("|")) for n in names] for kind, names in BY_KIND.items()}
    common = iter(_common(rng))
    names = []
    for kind in kinds:
        waiting = fitting.get(kind, [])
        name = waiting.pop(0) if waiting else next(common)
        while name.official in taken:
            name = next(common)
        taken.add(name.official)
        names.append(name)
    return names


def _common(rng: np.random.Generator):
    """Every common core once, in random order, then persons' names on streets of each type."""
    persons = [f"|{first} {last}" for last in LAST_NAMES for first in FIRST_NAMES]
    types, weights = zip(*TYPES, strict=True)
    weights = np.array(weights) / sum(weights)
    for core in rng.permutation(CORES):
        yield StreetName(str(rng.choice(types, p=weights)), *core.split("|"))
    for street_type in types:
        for core in rng.permutation(persons):
            yield StreetName(street_type, *core.split("|"))


def officers(count: int, rng: np.random.Generator) -> list[str]:
    """Officers as an export names them: "DUPONT Marie (412)", each number once."""
    numbers = rng.choice(np.arange(101, 101 + 4 * max(count, 200)), size=count, replace=False)
    lasts = rng.choice(LAST_NAMES, size=count, replace=count > len(LAST_NAMES))
    firsts = rng.choice(FIRST_NAMES, size=count)
    return [f"{l.upper()} {f} ({n})" for l, f, n in zip(lasts, firsts, numbers, strict=True)]  # noqa: E741
