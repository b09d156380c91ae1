#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "../support/temporary_folder.hpp"
#include "settings/settings.hpp"

namespace nassaq::settings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A variable of this process's environment while it lives.
class EnvironmentVariable {
public:
    EnvironmentVariable(std::string name, const std::string& value) : name_(std::move(name)) {
        ::setenv(name_.c_str(), value.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): the test has one thread.
    }
    EnvironmentVariable(const EnvironmentVariable&) = delete;
    EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;
    ~EnvironmentVariable() { ::unsetenv(name_.c_str()); }  // NOLINT(concurrency-mt-unsafe)

private:
    std::string name_;
};

class CollectVariables : public testing::Test {
protected:
    void write(std::string_view text) const { std::ofstream(file_) << text; }

    test::TemporaryFolder folder_;
    std::filesystem::path file_ = folder_ / "settings.env";
};

TEST_F(CollectVariables, TakesTheFileAndLetsTheEnvironmentGoBeforeIt) {
    write("NASSAQ_TEST_BOTH=file\nNASSAQ_TEST_FILE=file\n");
    const EnvironmentVariable both("NASSAQ_TEST_BOTH", "environment");
    const EnvironmentVariable alone("NASSAQ_TEST_ALONE", "a=b");
    const auto variables = collect_variables(file_, true);
    ASSERT_TRUE(variables.has_value());
    EXPECT_EQ(variables->at("NASSAQ_TEST_BOTH"), "environment");
    EXPECT_EQ(variables->at("NASSAQ_TEST_FILE"), "file");
    EXPECT_EQ(variables->at("NASSAQ_TEST_ALONE"), "a=b");
}

TEST_F(CollectVariables, DoesWithoutAFileThatNobodyAskedFor) {
    EXPECT_TRUE(collect_variables(file_, false).has_value());
}

TEST_F(CollectVariables, NamesAFileThatIsMissing) {
    const auto variables = collect_variables(file_, true);
    ASSERT_FALSE(variables.has_value());
    EXPECT_THAT(variables.error(), ElementsAre(HasSubstr(file_.string())));
}

TEST_F(CollectVariables, NamesAFileThatCannotBeRead) {
    std::filesystem::create_directory(file_);
    const auto variables = collect_variables(file_, false);
    ASSERT_FALSE(variables.has_value());
    EXPECT_THAT(variables.error(), ElementsAre(HasSubstr(file_.string())));
}

TEST_F(CollectVariables, NamesTheFileAndTheLineOfAFault) {
    write("A=1\nnonsense\n");
    const auto variables = collect_variables(file_, false);
    ASSERT_FALSE(variables.has_value());
    EXPECT_THAT(variables.error(), ElementsAre(file_.string() + ", line 2: expected NAME=value"));
}

}  // namespace
}  // namespace nassaq::settings
