"""Names in many scripts, as customers' directories have them."""

COMPANIES = (
    "Contoso Dental", "Fabrikam Logistics", "Adventure Works", "Woodgrove Bank", "Tailspin Toys", "Litware Legal",
    "Northwind Traders", "Proseware Labs", "Fourth Coffee", "Wide World Importers", "Müller & Söhne Maschinenbau",
    "Boulangerie Lefèvre", "Clínica São João", "Łódzkie Biuro Podróży", "Ελληνικά Ελαιόλαδα", "Київська Пекарня",
    "東京印刷", "北京茶叶", "서울 소프트", "شركة النور", "חברת הגליל", "बेंगलुरु टेक", "Özgür Tekstil", "Bodø Fiskeri",
    "Nguyễn Garments", "O'Brien & Daughters", "Școala Nouă", "Țara Wines", "Kraków Steel", "Reykjavík Tours",
)  # fmt: skip

GIVEN = (
    "Adele", "Alex", "Ana", "André", "Åsa", "Björn", "Chloé", "Diego", "Dóra", "Elif", "Émile", "Fatima", "Grady",
    "Hana", "Ingrid", "Ivana", "Jürgen", "Kaito", "Lê", "Lidia", "Łukasz", "Miriam", "Nestor", "Ödön", "Patti",
    "Priya", "Quentin", "Rania", "Søren", "Thảo", "Ulla", "Viktor", "Wioletta", "Xiomara", "Yūki", "Žofia",
    "Αθηνά", "Дмитро", "Олена", "محمد", "ليلى", "דניאל", "नेहा", "伟", "美咲", "지우",
)  # fmt: skip

FAMILY = (
    "Vance", "Wilber", "Silva", "Müller", "Öberg", "D'Angelo", "O'Neill", "Lefèvre", "García López", "Kovács", "Yılmaz",
    "Nguyễn", "Smith-Jones", "Łapiński", "Sørensen", "Novák", "van der Berg", "de la Cruz", "Παπαδόπουλος", "Шевченко",
    "الحسن", "כהן", "शर्मा", "王", "佐藤", "김", "MacLeod", "Dvořák", "Ibrahimović", "Þórsdóttir",
)  # fmt: skip

LANGUAGES = ("en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "nl-NL", "pt-BR", "pl-PL", "ja-JP", "ar-SA", "uk-UA")
COUNTRIES = ("US", "GB", "DE", "FR", "ES", "NL", "BR", "PL", "JP", "SA", "UA")
