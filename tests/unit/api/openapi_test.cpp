#include "api/openapi.hpp"

#include <gtest/gtest.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "base/version.hpp"
#include "test_routes.hpp"

namespace nassaq::api {
namespace {

namespace json = boost::json;

json::value document() {
    const std::array tables{to_documentation(RouteTable<TestServices>{"test", test_routes})};
    return make_openapi(tables);
}

std::string keys_of(const json::value& object) {
    std::string keys;
    for (const auto& [key, value] : object.as_object()) {
        keys += (keys.empty() ? "" : " ") + std::string(key);
    }
    return keys;
}

TEST(Openapi, SaysWhatItIs) {
    const json::value openapi = document();
    EXPECT_EQ(openapi.at("openapi"), "3.1.0");
    EXPECT_EQ(openapi.at("info").at("title"), "Nassaq");
    EXPECT_EQ(openapi.at("info").at("version"), json::string(version()));
    EXPECT_EQ(openapi.at("tags"), json::parse(R"([{"name": "test"}])"));
}

TEST(Openapi, ListsEveryRoute) {
    const json::value openapi = document();
    EXPECT_EQ(keys_of(openapi.at("paths")), "/api/v1/echo/{id} /api/v1/plain /api/v1/caller");
    EXPECT_EQ(keys_of(openapi.at("paths").at("/api/v1/echo/{id}")), "post delete put");
}

TEST(Openapi, DescribesTheParametersTheBodyAndTheAnswer) {
    const json::value openapi = document();
    const json::value& operation = openapi.at("paths").at("/api/v1/echo/{id}").at("post");
    EXPECT_EQ(operation.at("summary"), "Echo");
    EXPECT_EQ(operation.at("operationId"), "post_echo_id");
    EXPECT_EQ(operation.at("parameters"), json::parse(R"([
        {"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}},
        {"name": "times", "in": "query", "required": false,
         "schema": {"type": "integer", "minimum": 0, "maximum": 3, "default": 1}}])"));
    EXPECT_EQ(operation.at("requestBody"), json::parse(R"({
        "required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/EchoRequest"}}}})"));
    EXPECT_EQ(operation.at("responses").at("201").at("content"), json::parse(R"({
        "application/json": {"schema": {"$ref": "#/components/schemas/EchoAnswer"}}})"));
    EXPECT_FALSE(operation.as_object().contains("x-answer"));
    EXPECT_FALSE(operation.as_object().contains("security"));
}

TEST(Openapi, ListsTheRefusals) {
    const json::value openapi = document();
    const json::value& echo = openapi.at("paths").at("/api/v1/echo/{id}");
    EXPECT_EQ(keys_of(echo.at("post").at("responses")), "201 400 404 409 422 408 413 429 500 503 507");
    EXPECT_EQ(keys_of(echo.at("delete").at("responses")), "204 401 403 422 429 500 503 507");
    EXPECT_EQ(keys_of(openapi.at("paths").at("/api/v1/caller").at("get").at("responses")), "200 401 429 500 503 507");
    EXPECT_EQ(keys_of(openapi.at("paths").at("/api/v1/plain").at("get").at("responses")), "200 429 500 503 507");
    EXPECT_EQ(echo.at("post").at("responses").at("404").at("content").at("application/json").at("examples"),
              json::parse(R"({"1": {"value": {"detail": "No echo", "code": "path_not_found"}}})"));
}

TEST(Openapi, SaysWhichRoutesNeedAToken) {
    const json::value openapi = document();
    EXPECT_EQ(openapi.at("paths").at("/api/v1/caller").at("get").at("security"),
              json::parse(R"([{"OAuth2PasswordBearer": []}])"));
    EXPECT_EQ(openapi.at("components").at("securitySchemes"), json::parse(R"({
        "OAuth2PasswordBearer": {"type": "oauth2",
                                 "flows": {"password": {"tokenUrl": "/api/v1/auth/login", "scopes": {}}}},
        "RefreshToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                         "description": "The refresh token that a log-in gave."}})"));
}

TEST(Openapi, HasEverySchemaThatItRefersTo) {
    const json::value openapi = document();
    const std::string text = json::serialize(openapi);
    const std::string prefix = "#/components/schemas/";
    int references = 0;
    for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at + 1)) {
        const std::size_t begin = at + prefix.size();
        const std::string name = text.substr(begin, text.find('"', begin) - begin);
        EXPECT_TRUE(openapi.at("components").at("schemas").as_object().contains(name)) << name;
        ++references;
    }
    EXPECT_GT(references, 5);
}

TEST(Openapi, NamesTheMediaTypeOfAnAnswerThatIsNoJson) {
    EXPECT_EQ(keys_of(document().at("paths").at("/api/v1/plain").at("get").at("responses").at("200").at("content")),
              "text/plain");
}

}  // namespace
}  // namespace nassaq::api
