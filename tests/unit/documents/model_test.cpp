
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <string>

#include "documents/list_model.hpp"
#include "documents/upload_model.hpp"
#include "schema/read.hpp"
#include "schema/write.hpp"

namespace nassaq::documents {
namespace {

template <class T>
std::string errors_of(const schema::TextFields& fields, schema::Empty empty, T& value) {
    schema::Errors errors(empty == schema::Empty::is_value ? "query" : "body");
    schema::read_fields(fields, empty, value, errors);
    return boost::json::serialize(errors.take());
}

TEST(UploadFields, TakeTheRootInAllItsSpellings) {
    for (const std::string path : {"", "/", "//"}) {
        UploadFields fields;
        EXPECT_EQ(errors_of({{"full_path", path}}, schema::Empty::is_absent, fields), "[]") << path;
        EXPECT_EQ(fields.full_path, "") << path;
        EXPECT_EQ(fields.description, std::nullopt);
    }
}

TEST(UploadFields, TidyTheirPath) {
    UploadFields fields;
    EXPECT_EQ(errors_of({{"description", "عقد"}, {"full_path", "/contracts/2024/"}}, schema::Empty::is_absent, fields),
              "[]");
    EXPECT_EQ(fields.full_path, "contracts/2024");
    EXPECT_EQ(fields.description, "عقد");
    EXPECT_EQ(errors_of({{"full_path", "../x"}}, schema::Empty::is_absent, fields),
              R"([{"type":"value_error","loc":["body","full_path"],)"
              R"("msg":"Value error, Path must not contain '.' or '..' segments","input":"../x","ctx":{"error":{}}}])");
}

TEST(ListAll, TakesItsFilters) {
    ListAll list;
    EXPECT_EQ(errors_of({{"status", "Queued"}, {"user_id", "7"}, {"limit", "100"}}, schema::Empty::is_value, list),
              "[]");
    EXPECT_EQ(list.status, "Queued");
    EXPECT_EQ(list.user_id, 7);
    EXPECT_EQ(list.limit, 100);
    EXPECT_EQ(errors_of({{"status", "queued"}, {"skip", "-1"}, {"limit", "0"}, {"user_id", "me"}},
                        schema::Empty::is_value, list),
              R"([{"type":"greater_than_equal","loc":["query","skip"],)"
              R"("msg":"Input should be greater than or equal to 0","input":"-1","ctx":{"ge":0}},)"
              R"({"type":"greater_than_equal","loc":["query","limit"],)"
              R"("msg":"Input should be greater than or equal to 1","input":"0","ctx":{"ge":1}},)"
              R"({"type":"literal_error","loc":["query","status"],)"
              R"("msg":"Input should be 'Finished', 'Failed', 'Processing' or 'Queued'","input":"queued",)"
              R"("ctx":{"expected":"'Finished', 'Failed', 'Processing' or 'Queued'"}},)"
              R"({"type":"int_parsing","loc":["query","user_id"],)"
              R"("msg":"Input should be a valid integer, unable to parse string as an integer","input":"me"}])");
}

TEST(DownloadQuery, IsCalledInline) {
    DownloadQuery query;
    EXPECT_EQ(errors_of({{"inline", "true"}}, schema::Empty::is_value, query), "[]");
    EXPECT_TRUE(query.is_inline);
}

TEST(UploadResponse, IsWrittenInTheOrderOfTheContract) {
    const UploadResponse response{.filename = "a.pdf",
                                  .path = "local:///blobs/x/a.pdf",
                                  .ctype = "application/pdf",
                                  .size = 3,
                                  .metadata = {.description = std::nullopt, .full_path = "x"},
                                  .doc_id = 7,
                                  .sha256 = "ab"};
    EXPECT_EQ(schema::to_json(response),
              R"({"filename":"a.pdf","path":"local:///blobs/x/a.pdf","ctype":"application/pdf","size":3,)"
              R"("metadata":{"description":null,"full_path":"x"},"doc_id":7,"sha256":"ab"})");
}

}  // namespace
}  // namespace nassaq::documents
