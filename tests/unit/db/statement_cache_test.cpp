#include "db/statement_cache.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace nassaq::db {
namespace {

/// Tells of its end.
class Prepared {
public:
    Prepared(std::string text, std::vector<std::string>& dropped) : text_(std::move(text)), dropped_(dropped) {}
    Prepared(const Prepared&) = delete;
    Prepared& operator=(const Prepared&) = delete;
    ~Prepared() { dropped_.push_back(text_); }

    [[nodiscard]] bool is_busy() const { return is_busy_; }
    void set_busy(bool busy) { is_busy_ = busy; }

private:
    std::string text_;
    std::vector<std::string>& dropped_;
    bool is_busy_ = false;
};

class StatementCacheTest : public testing::Test {
protected:
    Prepared& add(const std::string& text) { return cache_.add(text, text, dropped_); }

    std::vector<std::string> dropped_;
    StatementCache<Prepared> cache_{3};
};

TEST_F(StatementCacheTest, WhatWasAddedIsFoundByItsText) {
    Prepared& first = add("one");
    add("two");
    EXPECT_EQ(cache_.find("one"), &first);
    EXPECT_EQ(cache_.find("three"), nullptr);
}

TEST_F(StatementCacheTest, OneThatWasNotUsedForLongestGoesWhenThereAreTooMany) {
    add("one");
    add("two");
    add("three");
    cache_.find("one");
    add("four");
    EXPECT_EQ(dropped_, std::vector<std::string>{"two"});
    add("five");
    EXPECT_EQ(dropped_, (std::vector<std::string>{"two", "three"}));
    EXPECT_NE(cache_.find("one"), nullptr);
}

TEST_F(StatementCacheTest, OneThatIsBeingReadStaysUntilItIsNot) {
    Prepared& busy = add("one");
    busy.set_busy(true);
    add("two");
    add("three");
    add("four");
    EXPECT_EQ(dropped_, std::vector<std::string>{"two"});
    EXPECT_EQ(cache_.find("one"), &busy);
    busy.set_busy(false);
    add("five");
    add("six");
    add("seven");
    EXPECT_EQ(dropped_, (std::vector<std::string>{"two", "three", "four", "one"}));
}

}  // namespace
}  // namespace nassaq::db
