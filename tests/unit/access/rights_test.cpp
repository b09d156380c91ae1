#include "access/rights.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nassaq::access {
namespace {

constexpr std::int64_t me = 7;
constexpr std::int64_t somebody_else = 8;
constexpr DocumentPlace theirs{.doc_id = 1, .owner_id = somebody_else, .full_path = "contracts/2024/signed"};

Entry at_folder(std::string full_path, bool is_allowed, bool is_persons, Action action = Action::document_read) {
    return {.doc_id = {},
            .full_path = std::move(full_path),
            .action = action,
            .is_allowed = is_allowed,
            .is_persons = is_persons};
}

Entry at_document(std::int64_t doc_id, bool is_allowed, bool is_persons, Action action = Action::document_read) {
    return {.doc_id = doc_id, .full_path = "", .action = action, .is_allowed = is_allowed, .is_persons = is_persons};
}

Rights rights_of(const std::vector<Entry>& entries, ActionSet ceiling = ActionSet::all()) {
    return {{.user_id = me, .role_id = 1, .is_admin = false}, ceiling, entries};
}

/// The rows of the truth table of docs/access.md, from the first that decides.
TEST(RightsTest, AnAdministratorMayAll) {
    const Rights rights({.user_id = me, .role_id = 99, .is_admin = true}, ActionSet(), {at_document(1, false, true)});
    for (const NamedAction& action : all_actions) {
        EXPECT_TRUE(rights.may(action.action, theirs)) << action.name;
    }
}

TEST(RightsTest, TheRoleIsACeilingForTheOwnerToo) {
    ActionSet reading;
    reading.add(Action::document_read);
    const Rights rights = rights_of({at_document(1, true, true, Action::document_write)}, reading);
    const DocumentPlace own{.doc_id = 2, .owner_id = me, .full_path = "/"};
    EXPECT_TRUE(rights.may(Action::document_read, own));
    EXPECT_EQ(rights.decide(Action::document_write, own).ground, Ground::role);
    EXPECT_FALSE(rights.may(Action::document_write, theirs));
}

TEST(RightsTest, AnOwnerMayAllWhateverEntriesSay) {
    const Rights rights = rights_of({at_document(2, false, true), at_folder("/", false, true)});
    EXPECT_TRUE(rights.may(Action::document_read, {.doc_id = 2, .owner_id = me, .full_path = "a"}));
}

TEST(RightsTest, WhatNobodyHasSaidIsNotAllowed) {
    const Decision decision = rights_of({}).decide(Action::document_read, theirs);
    EXPECT_FALSE(decision.is_allowed);
    EXPECT_EQ(decision.ground, Ground::nothing);
}

TEST(RightsTest, TheNearestPlaceDecides) {
    EXPECT_TRUE(rights_of({at_folder("/", true, false)}).may(Action::document_read, theirs));
    EXPECT_FALSE(rights_of({at_folder("/", true, true), at_folder("contracts", false, false)})
                     .may(Action::document_read, theirs));
    EXPECT_TRUE(rights_of({at_folder("contracts", false, true), at_folder("contracts/2024", true, false)})
                    .may(Action::document_read, theirs));
    EXPECT_FALSE(rights_of({at_folder("contracts/2024/signed", true, true), at_document(1, false, false)})
                     .may(Action::document_read, theirs));
    EXPECT_FALSE(rights_of({at_folder("contracts/2024/signed/below", true, true)}).may(Action::document_read, theirs));
    EXPECT_FALSE(rights_of({at_folder("contracts/20", true, true)}).may(Action::document_read, theirs))
        << "a name that only begins alike";
}

TEST(RightsTest, AtOnePlaceAPersonsEntryGoesBeforeAGroupsAndADenialBeforeAPermission) {
    struct Row {
        std::vector<Entry> entries;
        bool may;
    };
    const auto entry = [](bool is_allowed, bool is_persons) { return at_folder("contracts", is_allowed, is_persons); };
    const Row rows[] = {
        {.entries = {entry(true, false)}, .may = true},
        {.entries = {entry(false, false)}, .may = false},
        {.entries = {entry(true, false), entry(false, false)}, .may = false},
        {.entries = {entry(true, true), entry(false, false)}, .may = true},
        {.entries = {entry(false, true), entry(true, false)}, .may = false},
        {.entries = {entry(true, true), entry(false, true)}, .may = false},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(rights_of(row.entries).may(Action::document_read, theirs), row.may);
    }
}

TEST(RightsTest, AnEntryIsAboutOneAction) {
    const Rights rights = rights_of({at_folder("contracts", true, true, Action::path_read)});
    EXPECT_TRUE(rights.may(Action::path_read, "contracts/2024"));
    EXPECT_FALSE(rights.may(Action::path_write, "contracts/2024"));
    EXPECT_FALSE(rights.may(Action::document_read, theirs));
    EXPECT_TRUE(rights.may_anywhere(Action::path_read));
    EXPECT_FALSE(rights.may_anywhere(Action::path_write));
}

TEST(RightsTest, TellsWhichEntryHasDecided) {
    const Rights rights = rights_of({at_folder("contracts", true, true), at_document(5, true, true)});
    EXPECT_EQ(rights.decide(Action::document_read, theirs).full_path, "contracts");
    const Decision decision =
        rights.decide(Action::document_read, {.doc_id = 5, .owner_id = somebody_else, .full_path = "/"});
    EXPECT_TRUE(decision.is_at_document);
    EXPECT_EQ(decision.ground, Ground::entry);
}

TEST(RightsTest, TheFoldersAboveAreThoseOfTheName) {
    EXPECT_EQ(folder_above("a/b/c"), "a/b");
    EXPECT_EQ(folder_above("a"), "/");
    EXPECT_EQ(folder_above("/"), std::nullopt);
}

}  // namespace
}  // namespace nassaq::access
