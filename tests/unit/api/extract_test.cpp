#include "api/extract.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "api_fixture.hpp"
#include "http/problem.hpp"

namespace nassaq::api {
namespace {

struct ExtractBody {
    std::string name;
    std::int64_t age = 0;
};
BOOST_DESCRIBE_STRUCT(ExtractBody, (), (name, age))

struct ExtractPage {
    std::int64_t limit = 20;
};
BOOST_DESCRIBE_STRUCT(ExtractPage, (), (limit))

}  // namespace
}  // namespace nassaq::api

namespace nassaq::schema {

template <>
inline constexpr auto rules<api::ExtractPage> = std::to_array<Rule>({{.field = "limit", .min = 1, .defaulted = true}});

}  // namespace nassaq::schema

namespace nassaq::api {
namespace {

class Extract : public ApiTest {
protected:
    Extraction from(std::string_view pattern = "/x") {
        errors_.clear();
        return {request_, pattern, errors_};
    }
    [[nodiscard]] std::string errors() const { return boost::json::serialize(errors_); }
    void set_json(std::string_view body, std::string_view type = "application/json") {
        request_.body = body;
        request_.headers.set("content-type", type);
    }

    http::Request request_;
    boost::json::array errors_;
};

TEST_F(Extract, FindsAPathParameterByItsName) {
    request_.path_parameters = {"7", "12"};
    EXPECT_EQ(Extractor<Path<"doc_id">>::from(from("/users/{user_id}/docs/{doc_id}")).value, 12);
    EXPECT_EQ(Extractor<Path<"user_id">>::from(from("/users/{user_id}/docs/{doc_id}")).value, 7);
    EXPECT_THROW(Extractor<Path<"other">>::from(from("/users/{user_id}")), std::logic_error);
}

TEST_F(Extract, SaysWhyAPathParameterIsNoInteger) {
    request_.path_parameters = {"me"};
    Extractor<Path<"user_id">>::from(from("/users/{user_id}"));
    EXPECT_EQ(errors(), R"([{"type":"int_parsing","loc":["path","user_id"],)"
                        R"("msg":"Input should be a valid integer, unable to parse string as an integer",)"
                        R"("input":"me"}])");
}

TEST_F(Extract, ReadsAJsonBody) {
    for (const std::string_view type :
         {"application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"}) {
        set_json(R"({"name": "ليلى", "age": 30})", type);
        const auto body = Extractor<Body<ExtractBody>>::from(from());
        EXPECT_EQ(errors(), "[]") << type;
        EXPECT_EQ(body->name, "ليلى");
        EXPECT_EQ(body->age, 30);
    }
}

TEST_F(Extract, ReadsABodyWithoutATypeAsJson) {
    request_.body = R"({"name": "x", "age": 1})";
    EXPECT_EQ(Extractor<Body<ExtractBody>>::from(from())->age, 1);
    EXPECT_EQ(errors(), "[]");
}

TEST_F(Extract, TakesABodyOfAnotherTypeForText) {
    set_json(R"({"name": "x"})", "text/plain");
    Extractor<Body<ExtractBody>>::from(from());
    EXPECT_EQ(errors(), R"([{"type":"model_attributes_type","loc":["body"],)"
                        R"("msg":"Input should be a valid dictionary or object to extract fields from",)"
                        R"("input":"{\"name\": \"x\"}"}])");
}

TEST_F(Extract, MissesABodyThatIsNotThereOrNull) {
    for (const std::string_view body : {"", "null"}) {
        set_json(body);
        Extractor<Body<ExtractBody>>::from(from());
        EXPECT_EQ(errors(), R"([{"type":"missing","loc":["body"],"msg":"Field required","input":null}])") << body;
    }
}

TEST_F(Extract, RefusesABodyThatIsNoJsonAtOnce) {
    set_json("{\"name\": \"ليلى\",}");
    try {
        Extractor<Body<ExtractBody>>::from(from());
        FAIL();
    } catch (const http::Problem& problem) {
        EXPECT_EQ(problem.status(), 422);
        EXPECT_EQ(boost::json::serialize(problem.detail()),
                  R"([{"type":"json_invalid","loc":["body",16],"msg":"JSON decode error","input":{},)"
                  R"("ctx":{"error":"Expecting property name enclosed in double quotes"}}])");
    }
}

TEST_F(Extract, RefusesABodyThatIsNotUtf8) {
    set_json("{\"name\": \"\xff\"}");
    try {
        Extractor<Body<ExtractBody>>::from(from());
        FAIL();
    } catch (const http::Problem& problem) {
        EXPECT_EQ(problem.status(), 400);
    }
}

TEST_F(Extract, ReadsAQuery) {
    request_.query = "limit=5&other=%D9%86";
    EXPECT_EQ(Extractor<Query<ExtractPage>>::from(from())->limit, 5);
    EXPECT_EQ(errors(), "[]");
    request_.query = "limit=";
    Extractor<Query<ExtractPage>>::from(from());
    EXPECT_NE(errors().find(R"("loc":["query","limit"])"), std::string::npos) << errors();
}

TEST_F(Extract, ReadsAForm) {
    set_json("name=%D9%86+x&age=7", "application/x-www-form-urlencoded; charset=utf-8");
    const auto form = Extractor<Form<ExtractBody>>::from(from());
    EXPECT_EQ(errors(), "[]");
    EXPECT_EQ(form->name, "ن x");
    EXPECT_EQ(form->age, 7);
}

TEST_F(Extract, MissesTheFieldsOfAFormOfAnotherType) {
    set_json(R"({"name": "x", "age": 1})");
    Extractor<Form<ExtractBody>>::from(from());
    EXPECT_EQ(errors(), R"([{"type":"missing","loc":["body","name"],"msg":"Field required","input":null},)"
                        R"({"type":"missing","loc":["body","age"],"msg":"Field required","input":null}])");
}

TEST_F(Extract, ReadsAFileAndTheFieldsBesideIt) {
    Spool spool(folder_ / "spool");
    SpoolFile content = spool.create();
    content.append("x");
    content.finish();
    request_.form.push_back({.name = "limit", .value = "5"});
    request_.form.push_back({.name = "file",
                             .value = http::UploadedFile{
                                 .filename = "a.txt", .content_type = "text/plain", .content = std::move(content)}});
    const auto upload = Extractor<Upload<ExtractPage>>::from(from());
    EXPECT_EQ(errors(), "[]");
    ASSERT_NE(upload.file, nullptr);
    EXPECT_EQ(upload.file->filename, "a.txt");
    EXPECT_EQ(upload.fields.limit, 5);
}

TEST_F(Extract, SaysThatThereIsNoFile) {
    Extractor<Upload<ExtractPage>>::from(from());
    EXPECT_EQ(errors(), R"([{"type":"missing","loc":["body","file"],"msg":"Field required","input":null}])");
    request_.form.push_back({.name = "file", .value = "text"});
    Extractor<Upload<ExtractPage>>::from(from());
    EXPECT_EQ(errors(), R"([{"type":"value_error","loc":["body","file"],)"
                        R"("msg":"Value error, Expected UploadFile, received: <class 'str'>","input":"text",)"
                        R"("ctx":{"error":{}}}])");
}

}  // namespace
}  // namespace nassaq::api
