"""Runs Splink on one file or two, and writes pairs and clusters as CSV.

The columns are recognised by their headings and get the comparisons that
Splink's own documentation recommends for them. Run by bench/linkage, which
writes one line of JSON from standard output into its table.
"""

import argparse
import json
import logging
import time

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

logging.getLogger("splink").setLevel(logging.ERROR)

IDS = ["unique_id", "id", "rec_id", "record_id"]
ROLES = {
    "first_name": ["first_name", "given_name", "forename"],
    "surname": ["surname", "last_name", "family_name"],
    "full_name": ["full_name", "name"],
    "dob": ["dob", "date_of_birth", "birth_date"],
    "city": ["city", "suburb", "town"],
    "street": ["street", "address_1", "address"],
    "postcode": ["postcode", "postcode_fake", "zip"],
    "email": ["email"],
    "phone": ["phone", "phone_number", "telephone"],
    "national_id": ["national_id", "soc_sec_id", "ssn"],
    "birth_place": ["birth_place", "place_of_birth"],
    "sex": ["sex", "gender"],
    "passport": ["passport_no", "passport"],
}
heading = lambda h: h.strip().lower().replace(" ", "_")

arg = argparse.ArgumentParser()
arg.add_argument("files", nargs="+")
arg.add_argument("--rules", choices=["few", "many"], default="many")
arg.add_argument("--u", type=float, default=1e6, help="random pairs")
arg.add_argument("--ignore", default="")
arg.add_argument("--pairs", required=True)
arg.add_argument("--clusters", help="file to write; %% stands for the threshold")
arg.add_argument("--thresholds", default="0.5")
arg.add_argument("--all", action="store_true", help="write every compared pair")
arg = arg.parse_args()
thresholds = [float(t) for t in arg.thresholds.split(",")]

start = time.time()
con = duckdb.connect()


def sql(text):
    return con.execute(text).fetchall()


def quoted(path):
    return "'" + path.replace("'", "''") + "'"


def load(path, table):
    """Reads a file: lower case, blanks trimmed, nothing as null, dates as ISO, sex as a letter."""
    read = f"read_csv({quoted(path)}, all_varchar=true, header=true)"
    headings = [d[0] for d in sql(f"describe select * from {read}")]
    ignored = {"cluster", "label", *arg.ignore.split(",")}
    key = next((h for i in IDS for h in headings if heading(h) == i), None)
    known, select = {}, []
    for h in headings:
        name = heading(h)
        role = next((r for r, names in ROLES.items() if name in names), name)
        if h == key or name in ignored or name in IDS or role in known:
            continue
        value = f'''nullif(lower(trim("{h}")), '')'''
        if role == "dob":
            value = f"regexp_replace({value}, '^(\\d{{4}})(\\d\\d)(\\d\\d)$', '\\1-\\2-\\3')"
            value = f"regexp_replace({value}, '^(\\d\\d)[/.-](\\d\\d)[/.-](\\d{{4}})$', '\\3-\\2-\\1')"
        elif role == "sex":
            value = f"substr({value}, 1, 1)"
        known[role] = True
        select.append(f'{value} as "{role}"')
    unique = f'trim("{key}")' if key else "cast(row_number() over () as varchar)"
    sql(f"create table {table} as select {unique} as unique_id, {', '.join(select)} from {read}")
    return list(known)


tables = [f"side{i}" for i in range(len(arg.files))]
sides = [load(f, t) for f, t in zip(arg.files, tables)]
columns = [c for c in sides[0] if all(c in s for s in sides)]
for t in tables:  # Splink wants the same columns of both
    sql("create or replace table {0} as select {1} from {0}".format(t, ", ".join(["unique_id", *(f'"{c}"' for c in columns)])))
has = lambda *names: all(n in columns for n in names)

# Comparisons.
comparisons, used = [], set()


def compare(comparison, *names):
    if has(*names) and not used & set(names):
        comparisons.append(comparison())
        used.update(names)


tf = lambda c: c.configure(term_frequency_adjustments=True)
compare(lambda: tf(cl.NameComparison("first_name")), "first_name")
compare(lambda: tf(cl.NameComparison("surname")), "surname")
compare(lambda: tf(cl.NameComparison("full_name")), "full_name")
compare(lambda: cl.DateOfBirthComparison("dob", input_is_string=True), "dob")
compare(lambda: cl.EmailComparison("email"), "email")
compare(lambda: cl.DamerauLevenshteinAtThresholds("phone", [1]), "phone")
compare(lambda: cl.DamerauLevenshteinAtThresholds("national_id", [1, 2]), "national_id")
compare(lambda: cl.DamerauLevenshteinAtThresholds("passport", [1, 2]), "passport")


def address():
    """Street, postcode and city change together, and are one comparison."""
    all_null = lambda s: f"(street_{s} is null and city_{s} is null and postcode_{s} is null)"
    place = "(postcode_l = postcode_r or city_l = city_r)"
    return cl.CustomComparison(
        output_column_name="address",
        comparison_levels=[
            cll.CustomLevel(f"{all_null('l')} or {all_null('r')}", "no address").configure(is_null_level=True),
            cll.CustomLevel(f"street_l = street_r and {place}", "street and place"),
            cll.CustomLevel(f"jaro_winkler_similarity(street_l, street_r) > 0.9 and {place}", "street nearly, and place"),
            cll.CustomLevel("postcode_l = postcode_r", "postcode"),
            cll.CustomLevel("city_l = city_r", "city"),
            cll.ElseLevel(),
        ],
    )


compare(address, "street", "city", "postcode")
compare(lambda: tf(cl.DamerauLevenshteinAtThresholds("postcode", [1])), "postcode")
for name in columns:
    if name in ("sex", "state", "street_number", "nationality", "occupation"):
        compare(lambda: tf(cl.ExactMatch(name)), name)
    else:
        compare(lambda: tf(cl.JaroWinklerAtThresholds(name, [0.9])), name)

# Rules: which pairs are compared, by columns or parts of them.
initial, two, surname2 = "substr(first_name,1,1)", "substr(first_name,1,2)", "substr(surname,1,2)"
few = [
    ["first_name", "surname"], ["dob", "surname"], ["dob", "first_name"], ["email"], ["national_id"],
    ["full_name"], ["dob", "birth_place"], ["passport"],
]  # fmt: skip
many = few + [
    ["phone", two], ["street", "postcode", initial], ["surname", "postcode", initial],
    ["dob", "postcode"], ["street", "dob"], ["first_name", "postcode"], ["dob", surname2], ["dob", two],
    ["street", "city", initial], ["dob", "substr(full_name,1,2)"], ["surname", "birth_place", initial],
    ["substr(passport,1,6)", "substr(full_name,1,1)"], ["substr(full_name,1,8)", "substr(dob,1,4)"],
]  # fmt: skip
base = lambda part: part.split("(")[1].split(",")[0] if "(" in part else part
fits = lambda rule: has(*map(base, rule))
rules = [block_on(*r) for r in (few if arg.rules == "few" else many) if fits(r)]
if arg.rules == "many" and has("first_name", "surname"):
    rules.append("l.first_name = r.surname and l.surname = r.first_name")
certain = [["first_name", "surname", "dob"], ["full_name", "dob"], ["email", "first_name"], ["national_id"], ["passport"], ["first_name", "surname", "postcode"]]
sessions = [["first_name", "surname"], ["full_name"], ["dob", "postcode"], ["dob", "birth_place"], ["dob", "city"], ["email"], ["passport"]]

linker = Linker(
    tables if len(tables) > 1 else tables[0],
    SettingsCreator(
        link_type="link_only" if len(tables) > 1 else "dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=rules or [block_on(columns[0])],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    ),
    DuckDBAPI(con),
)
certain = [block_on(*r) for r in certain if fits(r)]
if certain:
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.85)
linker.training.estimate_u_using_random_sampling(max_pairs=arg.u, seed=1)
for session in [r for r in sessions if fits(r)][:2]:
    linker.training.estimate_parameters_using_expectation_maximisation(block_on(*session))
trained = time.time()

pairs = linker.inference.predict(threshold_match_probability=None if arg.all else min(thresholds))
n = sql(f"select count(*) from {pairs.physical_name}")[0][0]
predicted = time.time()
out = f"select unique_id_l, unique_id_r, match_probability from {pairs.physical_name}"
sql(f"copy ({out}) to {quoted(arg.pairs)} (header)")
if arg.clusters:
    for t in thresholds:
        c = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=t)
        sql(f"copy (select unique_id, cluster_id from {c.physical_name}) to {quoted(arg.clusters.replace('%', str(t)))} (header)")
end = time.time()
print(json.dumps({"pairs": n, "train": trained - start, "predict": predicted - trained, "write": end - predicted}))
