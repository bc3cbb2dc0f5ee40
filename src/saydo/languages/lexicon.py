# ruff: noqa: E501  A table is read by its columns.
"""The words for the people served, in every language and in every form that sentences need.

`WORDS[language][form]` is a tuple of words, one per audience, in the order of `AUDIENCES`. A form is
a token's name: `{customers.gen}` in a text stands for the form `customers.gen`. In every language
`customer` and `customers` are as in a dictionary, without an article. Besides there are

- fr: with what elision changes before them: `.le` (le client, l’électeur), `.du`, `.au`, `.de` (de
  clients, d’électeurs) and `.nouveau` (nouveau client, nouvel électeur). After les, des, aux, par or
  un the plain form does. All are masculine, for which `partenaire` was chosen for a stakeholder.
- nl: with words that depend on de or het: `.de` (de klant, het lid), `.elk` (elke klant, elk lid),
  `.nieuw` (nieuwe klant, nieuw lid). In the plural all are alike, which is the safer number.
- ar: `.def` (with the article), `.def.li` (the same after لـ), `.acc` (indefinite accusative: كانوا
  طلابًا), `.two` (two of them); `.obl` ends what stands for genitive and accusative: `.def.obl`,
  `.two.obl`, and `customers.obl` (indefinite). Other prefixes are written before the token:
  ب{customers.def.obl}. All are masculine persons.
- ru: the cases `.gen`, `.dat`, `.ins`, `.prep`; the accusative is the genitive, for all are masculine
  and alive.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

AUDIENCES = (
    "customer",
    "citizen",
    "beneficiary",
    "member",
    "stakeholder",
    "voter",
    "patient",
    "student",
)
"""As `audience` in params names them."""

Forms = Mapping[str, tuple[str, ...]]


def _forms(table: str) -> Forms:
    """Forms from lines of words: the form, then a word per audience, between bars."""
    rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return MappingProxyType({form: tuple(words) for form, *words in rows})


WORDS: Mapping[str, Forms] = MappingProxyType(
    {
        "en": _forms("""
            customer  | customer  | citizen  | beneficiary   | member  | stakeholder  | voter  | patient  | student
            customers | customers | citizens | beneficiaries | members | stakeholders | voters | patients | students
        """),
        "fr": _forms("""
            customer         | client         | citoyen         | bénéficiaire         | membre         | partenaire         | électeur        | patient         | étudiant
            customer.le      | le client      | le citoyen      | le bénéficiaire      | le membre      | le partenaire      | l’électeur      | le patient      | l’étudiant
            customer.de      | de client      | de citoyen      | de bénéficiaire      | de membre      | de partenaire      | d’électeur      | de patient      | d’étudiant
            customer.du      | du client      | du citoyen      | du bénéficiaire      | du membre      | du partenaire      | de l’électeur   | du patient      | de l’étudiant
            customer.au      | au client      | au citoyen      | au bénéficiaire      | au membre      | au partenaire      | à l’électeur    | au patient      | à l’étudiant
            customer.nouveau | nouveau client | nouveau citoyen | nouveau bénéficiaire | nouveau membre | nouveau partenaire | nouvel électeur | nouveau patient | nouvel étudiant
            customers        | clients        | citoyens        | bénéficiaires        | membres        | partenaires        | électeurs       | patients        | étudiants
            customers.de     | de clients     | de citoyens     | de bénéficiaires     | de membres     | de partenaires     | d’électeurs     | de patients     | d’étudiants
        """),
        "nl": _forms("""
            customer       | klant        | burger        | begunstigde        | lid       | belanghebbende        | kiezer        | patiënt        | student
            customer.de    | de klant     | de burger     | de begunstigde     | het lid   | de belanghebbende     | de kiezer     | de patiënt     | de student
            customer.elk   | elke klant   | elke burger   | elke begunstigde   | elk lid   | elke belanghebbende   | elke kiezer   | elke patiënt   | elke student
            customer.nieuw | nieuwe klant | nieuwe burger | nieuwe begunstigde | nieuw lid | nieuwe belanghebbende | nieuwe kiezer | nieuwe patiënt | nieuwe student
            customers      | klanten      | burgers       | begunstigden       | leden     | belanghebbenden       | kiezers       | patiënten      | studenten
        """),
        "ar": _forms("""
            customer          | عميل    | مواطن     | مستفيد     | عضو     | صاحب مصلحة     | ناخب     | مريض   | طالب
            customer.acc      | عميلًا  | مواطنًا   | مستفيدًا   | عضوًا   | صاحب مصلحة     | ناخبًا   | مريضًا | طالبًا
            customer.def      | العميل  | المواطن   | المستفيد   | العضو   | صاحب المصلحة   | الناخب   | المريض | الطالب
            customer.def.li   | للعميل  | للمواطن   | للمستفيد   | للعضو   | لصاحب المصلحة  | للناخب   | للمريض | للطالب
            customer.two      | عميلان  | مواطنان   | مستفيدان   | عضوان   | صاحبا مصلحة    | ناخبان   | مريضان | طالبان
            customer.two.obl  | عميلين  | مواطنين   | مستفيدين   | عضوين   | صاحبي مصلحة    | ناخبين   | مريضين | طالبين
            customers         | عملاء   | مواطنون   | مستفيدون   | أعضاء   | أصحاب مصلحة    | ناخبون   | مرضى   | طلاب
            customers.acc     | عملاء   | مواطنين   | مستفيدين   | أعضاءً  | أصحاب مصلحة    | ناخبين   | مرضى   | طلابًا
            customers.obl     | عملاء   | مواطنين   | مستفيدين   | أعضاء   | أصحاب مصلحة    | ناخبين   | مرضى   | طلاب
            customers.def     | العملاء | المواطنون | المستفيدون | الأعضاء | أصحاب المصلحة  | الناخبون | المرضى | الطلاب
            customers.def.obl | العملاء | المواطنين | المستفيدين | الأعضاء | أصحاب المصلحة  | الناخبين | المرضى | الطلاب
            customers.def.li  | للعملاء | للمواطنين | للمستفيدين | للأعضاء | لأصحاب المصلحة | للناخبين | للمرضى | للطلاب
        """),
        "ru": _forms("""
            customer       | клиент    | гражданин   | благополучатель   | участник    | стейкхолдер    | избиратель   | пациент    | студент
            customer.gen   | клиента   | гражданина  | благополучателя   | участника   | стейкхолдера   | избирателя   | пациента   | студента
            customer.dat   | клиенту   | гражданину  | благополучателю   | участнику   | стейкхолдеру   | избирателю   | пациенту   | студенту
            customer.ins   | клиентом  | гражданином | благополучателем  | участником  | стейкхолдером  | избирателем  | пациентом  | студентом
            customer.prep  | клиенте   | гражданине  | благополучателе   | участнике   | стейкхолдере   | избирателе   | пациенте   | студенте
            customers      | клиенты   | граждане    | благополучатели   | участники   | стейкхолдеры   | избиратели   | пациенты   | студенты
            customers.gen  | клиентов  | граждан     | благополучателей  | участников  | стейкхолдеров  | избирателей  | пациентов  | студентов
            customers.dat  | клиентам  | гражданам   | благополучателям  | участникам  | стейкхолдерам  | избирателям  | пациентам  | студентам
            customers.ins  | клиентами | гражданами  | благополучателями | участниками | стейкхолдерами | избирателями | пациентами | студентами
            customers.prep | клиентах  | гражданах   | благополучателях  | участниках  | стейкхолдерах  | избирателях  | пациентах  | студентах
        """),
    }
)
