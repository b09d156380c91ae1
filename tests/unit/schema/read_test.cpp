#include "schema/read.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "reading.hpp"

namespace nassaq::schema {
namespace {

struct Account {
    std::string name;
    std::int64_t age = 0;
    std::optional<bool> is_active;
    std::string password;
    std::string note = "none";
};
BOOST_DESCRIBE_STRUCT(Account, (), (name, age, is_active, password, note))

struct Change {
    std::optional<std::string> name;
    Patch<std::int64_t> role_id;
};
BOOST_DESCRIBE_STRUCT(Change, (), (name, role_id))

struct Outer {
    Change change;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(Outer, (), (change, name))

struct Page {
    std::int64_t skip = 0;
    std::int64_t limit = 20;
    std::optional<bool> is_active;
    std::string prefix;
};
BOOST_DESCRIBE_STRUCT(Page, (), (skip, limit, is_active, prefix))

}  // namespace

template <>
inline constexpr bool forbids_extra_fields<Account> = true;

template <>
inline constexpr auto rules<Account> = std::to_array<Rule>({
    {.field = "name", .min = 3},
    {.field = "password", .min = 8, .secret = true},
    {.field = "note", .defaulted = true},
});

template <>
inline constexpr auto rules<Page> = std::to_array<Rule>({
    {.field = "skip", .min = 0, .defaulted = true},
    {.field = "limit", .min = 1, .max = 100, .defaulted = true},
    {.field = "prefix", .alias = "startsWith"},
});

namespace {

TEST(ReadStruct, TakesAllOfItsFields) {
    const auto reading = read_json<Account>(
        R"({"note": "x", "password": "12345678", "is_active": "yes", "age": "1_000", "name": "Ali"})");
    EXPECT_TRUE(reading.valid) << reading.errors;
    EXPECT_EQ(reading.value.name, "Ali");
    EXPECT_EQ(reading.value.age, 1000);
    EXPECT_EQ(reading.value.is_active, true);
    EXPECT_EQ(reading.value.password, "12345678");
    EXPECT_EQ(reading.value.note, "x");
}

TEST(ReadStruct, LetsOptionalAndDefaultedFieldsBeAbsent) {
    const auto reading = read_json<Account>(R"({"name": "Ali", "age": 3, "password": "12345678"})");
    EXPECT_TRUE(reading.valid) << reading.errors;
    EXPECT_EQ(reading.value.is_active, std::nullopt);
    EXPECT_EQ(reading.value.note, "none");
}

TEST(ReadStruct, TakesNullForOptionalFieldsOnly) {
    EXPECT_TRUE(read_json<Account>(R"({"name": "Ali", "age": 3, "password": "12345678", "is_active": null})").valid);
    const auto reading = read_json<Account>(R"({"name": null, "age": null, "password": "12345678", "note": null})");
    EXPECT_EQ(reading.errors,
              R"([{"type":"string_type","loc":["body","name"],"msg":"Input should be a valid string","input":null},)"
              R"({"type":"int_type","loc":["body","age"],"msg":"Input should be a valid integer","input":null},)"
              R"({"type":"string_type","loc":["body","note"],"msg":"Input should be a valid string","input":null}])");
}

TEST(ReadStruct, NamesAllErrorsInTheOrderOfDeclarationThenWhatIsTooMuch) {
    const auto reading = read_json<Account>(
        R"({"zeal": 1, "is_active": "maybe", "age": "x", "name": 5, "yonder": [2], "password": "short"})");
    EXPECT_FALSE(reading.valid);
    EXPECT_EQ(
        reading.errors,
        R"([{"type":"string_type","loc":["body","name"],"msg":"Input should be a valid string","input":5},)"
        R"({"type":"int_parsing","loc":["body","age"],)"
        R"("msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"},)"
        R"({"type":"bool_parsing","loc":["body","is_active"],)"
        R"("msg":"Input should be a valid boolean, unable to interpret input","input":"maybe"},)"
        R"({"type":"string_too_short","loc":["body","password"],)"
        R"("msg":"String should have at least 8 characters","input":"**********","ctx":{"min_length":8}},)"
        R"({"type":"extra_forbidden","loc":["body","zeal"],"msg":"Extra inputs are not permitted","input":1},)"
        R"({"type":"extra_forbidden","loc":["body","yonder"],"msg":"Extra inputs are not permitted","input":[2]}])");
}

TEST(ReadStruct, EchoesTheObjectWithoutItsSecretsWhereAFieldIsMissing) {
    EXPECT_EQ(read_json<Account>(R"({"password": "12345678", "age": 1})").errors,
              R"([{"type":"missing","loc":["body","name"],"msg":"Field required",)"
              R"("input":{"password":"**********","age":1}}])");
    EXPECT_EQ(read_json<Account>("{}").errors,
              R"([{"type":"missing","loc":["body","name"],"msg":"Field required","input":{}},)"
              R"({"type":"missing","loc":["body","age"],"msg":"Field required","input":{}},)"
              R"({"type":"missing","loc":["body","password"],"msg":"Field required","input":{}}])");
}

TEST(ReadStruct, RefusesASoleExtraField) {
    const auto reading = read_json<Account>(R"({"name": "Ali", "age": 3, "password": "12345678", "role_id": 99})");
    EXPECT_FALSE(reading.valid);
    EXPECT_EQ(reading.errors,
              R"([{"type":"extra_forbidden","loc":["body","role_id"],"msg":"Extra inputs are not permitted",)"
              R"("input":99}])");
}

TEST(ReadStruct, PassesOverExtraFieldsWhereTheyAreAllowed) {
    EXPECT_TRUE(read_json<Change>(R"({"name": "Ali", "other": 1})").valid);
}

TEST(ReadStruct, RefusesWhatIsNoObject) {
    for (const std::string_view json : {"[1]", "3", "true", "\"text\"", "null"}) {
        const auto reading = read_json<Change>(json);
        EXPECT_FALSE(reading.valid) << json;
        EXPECT_EQ(reading.errors,
                  R"([{"type":"model_attributes_type","loc":["body"],)"
                  R"("msg":"Input should be a valid dictionary or object to extract fields from","input":)" +
                      std::string(json) + "}]");
    }
}

TEST(ReadStruct, DoesNotEchoWhatIsNoObjectWhereASecretWasToBeInIt) {
    const auto reading = read_json<Account>(R"("password=12345678")");
    EXPECT_EQ(type_of(reading.errors), "model_attributes_type");
    EXPECT_EQ(reading.errors.find("12345678"), std::string::npos) << reading.errors;
}

TEST(ReadStruct, NamesTheWayToANestedField) {
    const auto reading = read_json<Outer>(R"({"change": {"name": 1, "role_id": "x"}})");
    EXPECT_EQ(reading.errors,
              R"([{"type":"string_type","loc":["body","change","name"],)"
              R"("msg":"Input should be a valid string","input":1},)"
              R"({"type":"int_parsing","loc":["body","change","role_id"],)"
              R"("msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"},)"
              R"({"type":"missing","loc":["body","name"],"msg":"Field required",)"
              R"("input":{"change":{"name":1,"role_id":"x"}}}])");
}

TEST(ReadPatch, TellsAbsentFromNullFromAValue) {
    const auto absent = read_json<Change>("{}");
    EXPECT_TRUE(absent.valid);
    EXPECT_FALSE(absent.value.role_id.present);

    const auto null = read_json<Change>(R"({"role_id": null})");
    EXPECT_TRUE(null.valid);
    EXPECT_TRUE(null.value.role_id.present);
    EXPECT_EQ(null.value.role_id.value, std::nullopt);

    const auto value = read_json<Change>(R"({"role_id": 99})");
    EXPECT_TRUE(value.valid);
    EXPECT_TRUE(value.value.role_id.present);
    EXPECT_EQ(value.value.role_id.value, 99);

    EXPECT_EQ(type_of(read_json<Change>(R"({"role_id": "x"})").errors), "int_parsing");
}

TEST(ReadFields, TakesTheValuesOfAQuery) {
    const auto reading = read_pairs<Page>(
        {{"limit", "50"}, {"startsWith", "عقود"}, {"is_active", "on"}, {"unknown", "x"}}, Empty::is_value);
    EXPECT_TRUE(reading.valid) << reading.errors;
    EXPECT_EQ(reading.value.skip, 0);
    EXPECT_EQ(reading.value.limit, 50);
    EXPECT_EQ(reading.value.is_active, true);
    EXPECT_EQ(reading.value.prefix, "عقود");
}

TEST(ReadFields, LetsTheLastOfSeveralValuesCount) {
    EXPECT_EQ(read_pairs<Page>({{"limit", "x"}, {"startsWith", ""}, {"limit", "7"}}, Empty::is_value).value.limit, 7);
}

TEST(ReadFields, NamesAllErrorsInTheOrderOfDeclaration) {
    const auto reading = read_pairs<Page>({{"is_active", "?"}, {"limit", "101"}, {"skip", "-1"}}, Empty::is_value);
    EXPECT_FALSE(reading.valid);
    EXPECT_EQ(reading.errors,
              R"([{"type":"greater_than_equal","loc":["query","skip"],)"
              R"("msg":"Input should be greater than or equal to 0","input":"-1","ctx":{"ge":0}},)"
              R"({"type":"less_than_equal","loc":["query","limit"],)"
              R"("msg":"Input should be less than or equal to 100","input":"101","ctx":{"le":100}},)"
              R"({"type":"bool_parsing","loc":["query","is_active"],)"
              R"("msg":"Input should be a valid boolean, unable to interpret input","input":"?"},)"
              R"({"type":"missing","loc":["query","startsWith"],"msg":"Field required","input":null}])");
}

TEST(ReadFields, TakesAnEmptyValueOfAQueryAsAValueAndOfAFormAsNone) {
    const TextFields empty{{"limit", ""}, {"is_active", ""}, {"startsWith", ""}};

    const auto query = read_pairs<Page>(empty, Empty::is_value);
    EXPECT_EQ(query.errors,
              R"([{"type":"int_parsing","loc":["query","limit"],)"
              R"("msg":"Input should be a valid integer, unable to parse string as an integer","input":""},)"
              R"({"type":"bool_parsing","loc":["query","is_active"],)"
              R"("msg":"Input should be a valid boolean, unable to interpret input","input":""}])");

    const auto form = read_pairs<Page>(empty, Empty::is_absent);
    EXPECT_EQ(form.errors, R"([{"type":"missing","loc":["body","startsWith"],"msg":"Field required","input":null}])");
    EXPECT_EQ(form.value.limit, 20);
    EXPECT_EQ(form.value.is_active, std::nullopt);
}

TEST(ReadFields, NeverEchoesASecret) {
    const auto reading = read_pairs<Account>({{"password", "s3cr3t!"}, {"name", "x"}}, Empty::is_absent);
    EXPECT_FALSE(reading.valid);
    EXPECT_EQ(reading.errors.find("s3cr3t"), std::string::npos) << reading.errors;
}

TEST(Errors, GivesAllOfThemOnce) {
    Errors errors("body");
    EXPECT_TRUE(errors.empty());
    errors.add_missing(nullptr);
    EXPECT_FALSE(errors.empty());
    EXPECT_EQ(errors.take().size(), 1U);
}

/// Found by fuzzing: the echo of such a number was 1e99999, which strict readers of JSON refuse.
TEST(Errors, EchoInfinityAsNull) {
    Errors errors("body");
    errors.add_missing(boost::json::parse(R"({"a":[1,4e308,{"b":-4e308}],"c":1.5})"));
    EXPECT_EQ(boost::json::serialize(errors.take().at(0).at("input")), R"({"a":[1,null,{"b":null}],"c":1.5E0})");
}

TEST(Errors, KeepsTheLocationOfEachScope) {
    Errors errors("body");
    {
        const Errors::Scope outer(errors, "a");
        {
            const Errors::Scope inner(errors, "b");
            errors.add_missing(nullptr);
        }
        errors.add_missing(nullptr);
    }
    errors.add_missing(nullptr);
    const auto details = errors.take();
    EXPECT_EQ(boost::json::serialize(details.at(0).at("loc")), R"(["body","a","b"])");
    EXPECT_EQ(boost::json::serialize(details.at(1).at("loc")), R"(["body","a"])");
    EXPECT_EQ(boost::json::serialize(details.at(2).at("loc")), R"(["body"])");
}

}  // namespace
}  // namespace nassaq::schema
