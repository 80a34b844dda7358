"""The words that the corpus is made of: ordinary English, and names that nobody bears.

Within a class the first words are the most common ones.
"""

PEOPLE = """
minister mayor resident official farmer worker teacher nurse lawyer judge engineer driver student
fisherman researcher spokeswoman councillor shopkeeper doctor pensioner inspector miner baker clerk
prosecutor volunteer witness neighbour editor economist historian builder tenant landlord trader
sailor translator accountant librarian firefighter ranger plumber chemist surveyor carpenter weaver
gardener postman auditor magistrate governor delegate organiser reporter photographer widow veteran
apprentice contractor supplier consultant midwife geologist forester ferryman watchman
""".split()

THINGS = """
budget report bridge school road river harbour plan law vote market court hospital line price tax
record contract house water field railway company union council ministry agency committee election
protest strike decision meeting hearing proposal document letter map survey study debt loan grant
fund pension wage rent crop harvest drought flood storm fire mine dam plant pipe well forest valley
coast island ferry station depot warehouse factory mill workshop archive library museum theatre
clinic pharmacy laboratory kitchen canteen dormitory prison barracks border checkpoint tunnel canal
lock quay pier lighthouse boat engine truck tractor bus tram bicycle signal cable tower antenna
meter grid turbine battery lamp roof wall window door floor cellar garden orchard vineyard meadow
pasture barn stable fence gate path square street avenue quarter suburb village town district
province region border parish ward precinct estate plot deed lease permit licence invoice receipt
ledger account audit estimate forecast figure statistic sample result test trial appeal verdict
sentence fine charge complaint petition motion amendment clause treaty agreement protocol standard
rule regulation inspection inquiry investigation interview statement speech broadcast newspaper
article photograph recording message telephone network server database password rumour promise
warning threat risk accident injury illness treatment vaccine medicine diet ration shortage supply
delivery shipment cargo container import export tariff subsidy investment profit loss share bond
currency bank branch customer client buyer seller rival partner alliance coalition opposition
government parliament assembly cabinet office bureau department institute academy university
seminar lecture course lesson examination diploma scholarship dictionary language dialect song
festival holiday ceremony funeral wedding procession flag anthem monument ruin excavation coin
""".split()

QUALITIES = """
new old local public small large first last long early late regional national rural urban former
current independent private open closed cheap expensive quiet busy empty narrow wide deep shallow
heavy light dry wet cold warm northern southern eastern western coastal inland central distant
nearby temporary permanent official secret draft final annual monthly daily sudden gradual rapid
slow steady uncertain likely doubtful careful cautious angry weary hopeful reluctant willing
ordinary unusual rare common familiar foreign modern ancient wooden concrete broken repaired
abandoned crowded flooded burnt damaged polluted clean safe dangerous illegal lawful disputed
agreed rejected promised missing stolen hidden visible written spoken signed anonymous detailed
vague complete partial unpaid overdue costly modest generous strict lenient fair unfair equal
divided united loyal stubborn skilled retired unemployed young elderly sick healthy pregnant deaf
""".split()

PLACES = """
Velmar Ostry Karrow Tillen Brenmoor Saltwick Dunharrow Lissel Arvane Morrow Pellin Quarn Istrad
Hollin Fennick Torvale Gransund Ebermoor Wexley Callowby Norrin Sandmere Altwater Brackley Oskarn
Windle Marrick Teviston Larkholm Stennet Corvale Hathersund Ulverne Drayton Ambermouth Ruskin
Greywater Ellsund Thornby Kestrel Mirefold Ashcombe Overby Netherlow Coldharbour Farrow Lindmoor
Rookhope Silverford Tarnwick
""".split()

GIVEN_NAMES = """
Orla Tamsin Ewart Idris Maren Callum Sunniva Bran Leocadia Osric Petra Anselm Wynne Thora Jory
Isolde Corin Mabel Ruan Sefton Delphine Alaric Nerys Torin Odette
""".split()

FAMILY_NAMES = """
Quillfeather Marlowick Thistlegate Brambleford Ashgrove-Lund Penhallick Vandersloot-Mere Oxterby
Larkenmoor Stonewhistle Harrowdene Fennimarsh Copperwaite Dunnockson Ravensholt Tallowby
Wintergreave Millstonne Applegarthen Cobblewick Saltmarshen Hollowbrook Ferncastle Underwhin
Greenholme-Tarr
""".split()

PAPERS = """
Courier Chronicle Observer Gazette Herald Sentinel Mercury Register Beacon Dispatch Bulletin Record
Advertiser Examiner Monitor Signal
""".split()

SUBJECTS = """
Schools Courts Housing Transport Fisheries Farming Elections Hospitals Energy Water Labour Forests
Mining Prisons Borders Pensions Taxes Museums Languages Weather
""".split()

FIELDS = """
Coastal Rural Northern Public Regional Urban Southern Island River Mountain
""".split()

SAID = """
said explained added wrote insisted admitted repeated recalled argued warned replied
noted confirmed denied suggested
""".split()

DID = """
approved rejected delayed published signed closed opened rebuilt inspected questioned defended
cancelled postponed measured repaired sold bought inherited promised demanded refused accepted
described counted lost found moved copied burned drained planted painted searched guarded shared
divided renamed translated recorded photographed withdrew returned replaced ordered welcomed
criticised ignored supported opposed funded audited surveyed halted resumed expanded reduced
""".split()

HAPPENED = """
began ended failed returned continued disappeared grew fell rose collapsed recovered changed
stopped spread doubled shrank improved worsened survived remained
""".split()

WAYS = """
quietly suddenly again slowly already finally almost openly briefly recently twice carefully
unexpectedly gradually reluctantly immediately partly largely later
""".split()

BETWEEN = "in of for near behind against under above across beyond without before after".split()

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
