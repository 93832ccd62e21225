"""The words of the demo data: names, titles, trades, pages, and the faults of real exports."""

from __future__ import annotations

COUNTRIES = {
    "core": "en:United States|en:USA|en:U.S.A.|en:us|en:Canada|en:United Kingdom|en:UK|en:Ireland|"
    "de:Germany|de:Deutschland|de:DE|de:Österreich|de:Schweiz",
    "served": "fr:France|fr:FR|es:Spain|es:España|it:Italia|pt:Portugal|nl:Netherlands|nl:Holland|"
    "sv:Sverige|sv:Sweden|pl:Poland|pl:Polska",
    "other": "ja:Japan|ru:Kazakhstan|ar:Egypt|zh:Singapore|pt:Brasil|es:México|en:India|en:",
}
NAMES = {
    "en": ("Grace|Oliver|Amelia|Jack|Priya|Noah", "Turner|O'Brien|Smith-Jones|Walker|Patel"),
    "de": ("Jürgen|Anja|Käthe|Lukas|Sören", "Müller|Weiß|Schäfer|von der Heide|Krüger|Vogt"),
    "fr": ("Chloé|Benoît|Zoé|Hélène|François", "Lefèvre|d'Aubigné|Moreau|Bérard|Noël|Roux"),
    "es": ("José|Lucía|Íñigo|Begoña|Andrés", "Muñoz|García López|Núñez|Ibáñez|Peña|Vidal"),
    "it": ("Niccolò|Giulia|Matteo|Noè|Chiara", "Rossi|D'Angelo|De Luca|Ferrari|Greco|Conti"),
    "pt": ("João|Inês|Conceição|Tomé|Letícia", "Gonçalves|Simões|da Silva|Araújo|Brandão|Leitão"),
    "nl": ("Daan|Sanne|Joris|Maartje|Bram", "de Vries|van den Berg|'t Hooft|Jansen|Bakker|Smit"),
    "sv": ("Åsa|Björn|Märta|Göran|Elin", "Åkesson|Öberg|Lindström|Sjögren|Nyström|Berg"),
    "pl": ("Łukasz|Małgorzata|Paweł|Żaneta|Zofia", "Wójcik|Kowalczyk|Dąbrowska|Grześ|Łącka|Nowak"),
    "ja": ("花子|太郎|陽菜|健太|美咲", "山田|佐藤|鈴木|高橋|田中|渡辺"),
    "ru": ("Анна|Игорь|Мария|Юрий|Ольга", "Иванова|Петров|Смирнова|Кузнецов|Щукин|Лебедева"),
    "ar": ("ليلى|أحمد|فاطمة|يوسف|مريم", "حداد|خليل|منصور|نجار|سالم|ناصر"),
    "zh": ("伟|芳|娜|敏|静", "王|李|张|刘|陈|杨"),
}
TITLES = (
    ("Student", "{} Intern", "PhD student", "Working student {}"),
    ("Junior {} Associate", "{} Assistant", "{} Trainee"),
    ("{} Specialist", "{} Analyst", "{} coordinator"),
    ("Senior {} Specialist", "Principal {} Consultant", "SR. {} ANALYST"),
    ("{} Manager", "Manager, {}", "Team Lead {}"),
    ("Director of {}", "Head of {}", "{} director"),
    ("VP {}", "Vice President, {}", "SVP {}"),
    ("CEO", "Chief {} Officer", "managing director"),
    ("Founder & CEO", "Co-Founder", "Owner"),
)
LOCAL_TITLES = {
    ("de", 0): "Praktikantin Marketing",
    ("de", 4): "Teamleiter Vertrieb",
    ("de", 5): "Leiterin Marketing / Kommunikation",
    ("de", 7): "Geschäftsführer",
    ("fr", 0): "Stagiaire communication",
    ("fr", 5): "Directrice commerciale",
    ("fr", 7): "Directeur général",
    ("es", 5): "Directora de Ventas",
    ("it", 4): "Responsabile marketing",
    ("pt", 4): "Gerente de Vendas",
    ("nl", 5): "Hoofd marketing",
    ("sv", 5): "Försäljningschef",
    ("pl", 5): "Dyrektor marketingu",
}
CORE_WORK = ("Marketing", "Sales", "Sales Operations", "Demand Generation", "Digital Marketing")
NEAR_WORK = ("Operations", "Product Management", "Data Analytics", "Business Process")
OTHER_WORK = ("Finance", "HR", "IT", "Legal", "Software Engineering", "Procurement")
CORE_TRADE = ("Software", "SaaS", "Computer Software", "INTERNET", "information technology")
NEAR_TRADE = ("Financial Services", "insurance", "Telecommunications", "Management Consulting")
OTHER_TRADE = (
    "Retail",
    "manufacturing",
    "Hospital & Health Care",
    "Construction",
    "Education",
    "",
)
SOURCES = ("Website", "website", "Organic Search", "Paid Search", "Event", "Webinar", "Cold List")
COMPANIES = (
    "Nordwind",
    "Blue Harbor",
    "Quartz & Pine",
    "Lumen",
    "Ávila",
    "Kestrel",
    "Östra",
    "Peak",
)
FORMS = ("GmbH", "Inc.", "Ltd", "S.A.", "B.V.", "AB", "LLC")
PAGES = ("/", "/product", "/product/integrations", "/blog/lead-scoring", "/customers", "/about")
PRICING = ("/pricing", "/pricing?plan=team", "/Pricing#faq")
MAIL_HOSTS = ("gmail.com", "GMAIL.com", "outlook.com", "web.de", "orange.fr", "yahoo.co.uk")
TRUE = ("true", "TRUE", "Yes", "1", "t")
FALSE = ("false", "False", "no", "0", "", "")
BAD_TIMES = (
    "11/22/2025",
    "1767225600",
    "not available",
    "2026-02-30",
    "",
    "2025-W48-3",
    "infinity",
)
ODD_NAMES = (
    'Robert "Bob" O\'Neil, Jr.',
    '=HYPERLINK("https://pipewright.example","click")',
    "Robert'); drop table leads;--",
    "{{ this }}",
    "Zoë\nvan Dam",
)

EVENT_FAULTS = (
    {"event_id": ""},
    {"lead_id": " "},
    {"event_type": ""},
    {"lead_id": "L-99999"},
    {"lead_id": "anonymous"},
    {"occurred_at": "2027-03-01 09:00:00"},
)
OUTCOME_FAULTS = (
    {"outcome": "open"},
    {"lead_id": ""},
    {"lead_id": "L-99998"},
    {"occurred_at": "31.12.2025"},
)
