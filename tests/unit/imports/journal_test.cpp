#include "imports/journal.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "../support/temporary_folder.hpp"

namespace nassaq::imports {
namespace {

class JournalTest : public testing::Test {
protected:
    [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "imports/journal.sqlite"; }

    const SourceFile letter_{.relative = "رسائل/letter.pdf", .size = 7, .modified_ns = 1'577'934'245'000'000'001};

private:
    test::TemporaryFolder folder_;
};

TEST_F(JournalTest, KnowsWhatAnotherRunHasNoted) {
    {
        Journal journal(file());
        EXPECT_FALSE(journal.knows(letter_));
        journal.note(letter_, 12);
    }
    Journal journal(file());
    EXPECT_TRUE(journal.knows(letter_));
}

TEST_F(JournalTest, ATouchedFileIsAnotherOne) {
    Journal journal(file());
    journal.note(letter_, 12);
    journal.flush();
    SourceFile changed = letter_;
    ++changed.modified_ns;
    EXPECT_FALSE(journal.knows(changed));
    changed = letter_;
    ++changed.size;
    EXPECT_FALSE(journal.knows(changed));
    journal.note(changed, 13);
    journal.flush();
    EXPECT_TRUE(journal.knows(changed));
    EXPECT_FALSE(journal.knows(letter_));
}

TEST_F(JournalTest, IsForOneProcessAtATime) {
    const Journal journal(file());
    EXPECT_THROW(Journal{file()}, std::runtime_error);
}

}  // namespace
}  // namespace nassaq::imports
