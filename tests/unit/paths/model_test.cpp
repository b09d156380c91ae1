#include "paths/model.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/read.hpp"

namespace nassaq::paths {
namespace {

std::string repeat(std::string_view text, int count) {
    std::string result;
    for (int i = 0; i < count; ++i) {
        result += text;
    }
    return result;
}

TEST(TidyNewPath, RefusesWhatHides) {
    for (std::string path : {"a\u202eb", "a/\u200b", "\ufeffa", "ليلى\u200c/x"}) {
        EXPECT_EQ(tidy_new_path(path), "Path must not contain invisible characters") << path;
    }
    std::string persian = "نامه\u200cها/x/";
    EXPECT_EQ(tidy_new_path(persian), std::nullopt);
    EXPECT_EQ(persian, "نامه\u200cها/x");
    std::string of_before = "a\u200fb";
    EXPECT_EQ(tidy_path(of_before), std::nullopt) << "a path that is there can still be named";
}

TEST(TidyPath, PutsAPathInOrder) {
    struct Case {
        std::string path;
        std::string tidy;
    };
    const std::vector<Case> cases{
        {"a", "a"},
        {"/a", "a"},
        {"a/", "a"},
        {"//a/b//", "a/b"},
        {"a/b/c", "a/b/c"},
        {"/", "/"},
        {"///", "/"},
        {"عقود/٢٠٢٤", "عقود/٢٠٢٤"},
        {"e\u0301/x", "é/x"},
        {"a b/c.d", "a b/c.d"},
        {"...", "..."},
        {".hidden/..x", ".hidden/..x"},
        {" a ", " a "},
        {"😀", "😀"},
        {"%2e%2e/x", "%2e%2e/x"},
        {repeat("ن", 255), repeat("ن", 255)},
        {repeat("a", 249) + "/" + repeat("b", 250), repeat("a", 249) + "/" + repeat("b", 250)},
        {repeat("😀", 125) + "/" + repeat("😀", 124), repeat("😀", 125) + "/" + repeat("😀", 124)},
        {"/" + repeat("a", 250) + "/" + repeat("b", 249) + "/", repeat("a", 250) + "/" + repeat("b", 249)},
        // In its composed form it is short enough.
        {repeat("e\u0301", 250) + "/" + repeat("e\u0301", 249), repeat("é", 250) + "/" + repeat("é", 249)},
    };
    for (const Case& c : cases) {
        std::string path = c.path;
        const auto fault = tidy_path(path);
        EXPECT_EQ(fault, std::nullopt) << c.path;
        EXPECT_EQ(path, c.tidy) << c.path;
    }
}

TEST(TidyPath, SaysWhatIsWrong) {
    struct Case {
        std::string path;
        std::string_view fault;
    };
    const std::vector<Case> cases{
        {"", "Path must not be empty"},
        {"a//b", "Path must not contain empty segments"},
        {".", "Path must not contain '.' or '..' segments"},
        {"..", "Path must not contain '.' or '..' segments"},
        {"../a", "Path must not contain '.' or '..' segments"},
        {"a/../b", "Path must not contain '.' or '..' segments"},
        {"a/./b", "Path must not contain '.' or '..' segments"},
        {"/a/..", "Path must not contain '.' or '..' segments"},
        {"a\\b", "Path must not contain backslashes or control characters"},
        {"..\\a", "Path must not contain backslashes or control characters"},
        {"a\nb", "Path must not contain backslashes or control characters"},
        {std::string("a\0b", 3), "Path must not contain backslashes or control characters"},
        {"a\x7f", "Path must not contain backslashes or control characters"},
        {"a\u0085", "Path must not contain backslashes or control characters"},
        {repeat("a", 256), "Path segments must have at most 255 characters"},
        {"x/" + repeat("ن", 256) + "/y", "Path segments must have at most 255 characters"},
        {repeat("a", 250) + "/" + repeat("b", 250), "Path must have at most 500 characters"},
        {repeat("😀", 125) + "/" + repeat("😀", 125), "Path must have at most 500 characters"},
    };
    for (const Case& c : cases) {
        std::string path = c.path;
        EXPECT_EQ(tidy_path(path), c.fault) << c.path;
    }
}

TEST(DepthOf, CountsSegments) {
    EXPECT_EQ(depth_of("/"), 0);
    EXPECT_EQ(depth_of("a"), 1);
    EXPECT_EQ(depth_of("a/b"), 2);
    EXPECT_EQ(depth_of("عقود/٢٠٢٤/x"), 3);
}

TEST(PathRequests, TidyTheirPaths) {
    CreatePath create;
    schema::Errors errors("body");
    schema::read_value(boost::json::parse(R"({"full_path": "/contracts/2024/"})"), create, {}, errors);
    EXPECT_TRUE(errors.empty());
    EXPECT_EQ(create.full_path, "contracts/2024");

    UpdatePath update;
    schema::read_value(boost::json::parse(R"({"full_path": "a//b"})"), update, {}, errors);
    EXPECT_EQ(boost::json::serialize(errors.take()),
              R"([{"type":"value_error","loc":["body","full_path"],)"
              R"("msg":"Value error, Path must not contain empty segments","input":"a//b","ctx":{"error":{}}}])");
}

TEST(PathRequests, ReadTheirQueryByItsNamesOnTheWire) {
    ListPaths list;
    schema::Errors errors("query");
    schema::read_fields({{"minDepth", "2"}, {"maxDepth", "30"}, {"prefix", "a/"}, {"min_depth", "9"}},
                        schema::Empty::is_value, list, errors);
    EXPECT_TRUE(errors.empty());
    EXPECT_EQ(list.min_depth, 2);
    EXPECT_EQ(list.max_depth, 30);
    EXPECT_EQ(list.prefix, "a/");
    schema::read_fields({{"minDepth", "11"}, {"maxDepth", "0"}}, schema::Empty::is_value, list, errors);
    EXPECT_EQ(errors.take().size(), 2U);
}

}  // namespace
}  // namespace nassaq::paths
