#include "schema/openapi.hpp"

#include <gtest/gtest.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace nassaq::schema {

struct OpenapiChild {
    std::int64_t id = 0;
    double score = 0;
    std::optional<Timestamp> seen_at;
};
BOOST_DESCRIBE_STRUCT(OpenapiChild, (), (id, score, seen_at))

struct OpenapiParent {
    std::string name;
    std::string email;
    std::string password;
    std::int64_t limit = 20;
    std::string status = "Queued";
    std::optional<bool> is_active;
    Patch<std::int64_t> role_id;
    std::vector<OpenapiChild> children;
    OpenapiChild favourite;
    bool is_inline = true;
};
BOOST_DESCRIBE_STRUCT(OpenapiParent, (),
                      (name, email, password, limit, status, is_active, role_id, children, favourite, is_inline))

namespace other_feature {

/// Another struct of the same name.
struct OpenapiChild {
    std::string title;
};
BOOST_DESCRIBE_STRUCT(OpenapiChild, (), (title))

}  // namespace other_feature

inline constexpr std::array<std::string_view, 2> openapi_statuses{"Queued", "Failed"};

template <>
inline constexpr bool forbids_extra_fields<OpenapiParent> = true;

template <>
inline constexpr auto rules<OpenapiParent> = std::to_array<Rule>({
    {.field = "name", .min = 3, .max = 20, .description = "Of a person", .example = R"("Layla")"},
    {.field = "email", .format = Format::email},
    {.field = "password", .secret = true},
    {.field = "limit", .min = 1, .max = 100, .defaulted = true},
    {.field = "status", .defaulted = true, .one_of = openapi_statuses},
    {.field = "is_inline", .alias = "inline", .defaulted = true},
});

namespace {

namespace json = boost::json;

json::object parent_schema(Components& components) {
    return object_schema<OpenapiParent>(components);
}

TEST(OpenapiSchema, DescribesEveryFieldOfAStruct) {
    Components components;
    const json::value expected = json::parse(R"({
        "name": {"type": "string", "minLength": 3, "maxLength": 20, "description": "Of a person",
                 "examples": ["Layla"]},
        "email": {"type": "string", "format": "email"},
        "password": {"type": "string", "format": "password"},
        "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
        "status": {"type": "string", "enum": ["Queued", "Failed"], "default": "Queued"},
        "is_active": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
        "role_id": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "children": {"type": "array", "items": {"$ref": "#/components/schemas/OpenapiChild"}},
        "favourite": {"$ref": "#/components/schemas/OpenapiChild"},
        "inline": {"type": "boolean", "default": true}
    })");
    const json::object schema = parent_schema(components);
    EXPECT_EQ(schema.at("properties"), expected) << json::serialize(schema.at("properties"));
    EXPECT_EQ(schema.at("type"), "object");
    EXPECT_EQ(schema.at("title"), "OpenapiParent");
}

TEST(OpenapiSchema, RequiresWhatMayNotBeAbsent) {
    Components components;
    EXPECT_EQ(json::serialize(parent_schema(components).at("required")),
              R"(["name","email","password","children","favourite"])");
}

TEST(OpenapiSchema, OfAnAnswerRequiresEveryField) {
    Components components;
    EXPECT_EQ(json::serialize(object_schema<OpenapiChild>(components, Use::answer).at("required")),
              R"(["id","score","seen_at"])");
    EXPECT_EQ(object_schema<OpenapiParent>(components, Use::answer).at("required").as_array().size(), 10U);
    EXPECT_EQ(components.schemas.at("OpenapiChild").at("required").as_array().size(), 3U)
        << "and so in the structs within";
}

TEST(OpenapiSchema, SaysWhetherExtraFieldsAreRefused) {
    Components components;
    EXPECT_EQ(parent_schema(components).at("additionalProperties"), false);
    EXPECT_FALSE(object_schema<OpenapiChild>(components).contains("additionalProperties"));
}

TEST(OpenapiSchema, PutsNestedStructsAmongTheComponentsOnce) {
    Components components;
    const json::object reference = schema_of<OpenapiParent>(components);
    EXPECT_EQ(json::serialize(reference), R"({"$ref":"#/components/schemas/OpenapiParent"})");
    EXPECT_EQ(components.schemas.size(), 2U);
    EXPECT_EQ(components.schemas.at("OpenapiChild"), json::parse(R"({
        "type": "object", "title": "OpenapiChild", "required": ["id", "score"],
        "properties": {
            "id": {"type": "integer"},
            "score": {"type": "number"},
            "seen_at": {"anyOf": [{"type": "string", "description": "UTC, without a suffix",
                                   "examples": ["2024-05-01T09:30:00.123456"]},
                                  {"type": "null"}]}}})"))
        << json::serialize(components.schemas.at("OpenapiChild"));
}

TEST(OpenapiSchema, RefusesTwoStructsOfOneName) {
    Components components;
    schema_of<OpenapiParent>(components);
    EXPECT_NO_THROW(schema_of<OpenapiChild>(components));
    EXPECT_THROW(schema_of<other_feature::OpenapiChild>(components), std::logic_error);
    EXPECT_THROW(components.claim<other_feature::OpenapiChild>(), std::logic_error) << "as an upload's fields, too";
}

TEST(OpenapiSchema, LeavesAnyValueOpen) {
    Components components;
    EXPECT_TRUE(schema_of<json::value>(components).empty());
}

TEST(OpenapiSchema, CallsATypeByItsNameWithoutItsNamespaces) {
    EXPECT_EQ(short_type_name("nassaq::auth::RegisterRequest"), "RegisterRequest");
    EXPECT_EQ(short_type_name("Plain"), "Plain");
    EXPECT_EQ(type_name<OpenapiChild>(), "OpenapiChild");
}

}  // namespace
}  // namespace nassaq::schema
