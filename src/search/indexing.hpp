#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.hpp"
#include "search/index.hpp"

/// Writing the index. What takes the processor is done before a transaction begins (prepare), and what is too much for
/// a short one is written in pieces, so that nobody waits long for the database's writer;
/// docs/decisions/0030-search.md.
namespace nassaq::search {

/// What is written for a document. Borrows the texts that the passages were cut from.
struct Prepared {
    std::int64_t user_id = 0;
    std::string filename;
    std::vector<Passage> passages;
    NameWords name;
    DocumentWords words;
    std::vector<std::vector<std::string>> terms;  ///< Of the passages, where all are to be written at once.
    bool is_large = false;                        ///< Too much for one transaction.
};

Prepared prepare(db::Dialect dialect, std::int64_t user_id, std::string_view filename, std::vector<Passage> passages);
/// Of a document of which so far only the name is known.
Prepared prepare_name(db::Dialect dialect, std::int64_t user_id, std::string_view filename);

/// Adds a document of which so far only the name is known.
void index_name(db::Session& transaction, std::int64_t doc_id, const Prepared& prepared);
/// The same for one that has a text: until that is indexed, the document counts as one whose pieces somebody has left.
void index_name_for_now(db::Session& transaction, std::int64_t doc_id, const Prepared& prepared);
/// Leaves of a document only its name in the index: its text has gone. Waits for a job that is ending meanwhile.
void index_name_again(db::Session& transaction, std::int64_t doc_id, const Prepared& prepared);
/// Indexes a document in place of what the index had of it. For what is not large, and neither was before (Indexed).
void index_document(db::Session& transaction, const Subject& subject, const Prepared& prepared);

/// A document, and what there is of it in the index.
struct Indexed {
    std::int64_t user_id = 0;
    std::string filename;
    bool text_is_in_database = false;  ///< Document_Text has the pages of the text with that id.
    bool is_large = false;             ///< It takes many transactions to remove it, or was not written to its end.
};
std::optional<Indexed> find_indexed(db::Session& session, std::int64_t doc_id, std::string_view text_id);

/// Asked in each transaction of a work in pieces, before anything is written: whether it is still to be done. Who
/// begins the same work later ends this one anyway.
using IsWanted = std::function<bool(db::Session&)>;
/// The same as index_document(), in many short transactions. Meanwhile a part of the text can be found already, and
/// `begin*` of its owner is looked for in the index itself. Until complete_pieces(), others know that pieces may be
/// missing. @return false when it was not wanted any more.
bool index_in_pieces(db::Database& database, const Subject& subject, const Prepared& prepared,
                     const IsWanted& is_wanted);
/// In the transaction that makes the document what it is from now on.
void complete_pieces(db::Session& transaction, std::int64_t doc_id, const Prepared& prepared);

/// A document whose index is being written in pieces, or was by somebody who is gone.
struct OpenPieces {
    std::int64_t doc_id = 0;
    std::string ticket;
    std::int64_t pieces = 0;

    bool operator==(const OpenPieces&) const = default;
};
BOOST_DESCRIBE_STRUCT(OpenPieces, (), (doc_id, ticket, pieces))
/// Those that no job is at work on, or is going to be.
std::vector<OpenPieces> list_open_pieces(db::Session& session);

/// What a new name changes in the index, prepared before the transaction.
struct Renaming {
    std::string passage_state;  ///< Of the document's first passage. Empty: it is not indexed yet.
    std::int64_t passage_id = 0;
    Subject subject{};
    std::vector<ocr::Page> pages;  ///< That the passage is made from.
    Prepared prepared{};
    std::string old_words;
};
Renaming prepare_renaming(db::Session& session, std::int64_t doc_id, const std::string& new_name);
/// @return false when the index has changed since: it has to be prepared once more.
[[nodiscard]] bool rename_document(db::Session& transaction, const Renaming& renaming);

/// Takes a large document out of the index but for a little, in short transactions. To be called before the one that
/// calls remove_document(); where that one then never comes, the document is indexed anew.
/// @param is_wanted  may throw, too: that transaction writes nothing then
void remove_most(
    db::Database& database, std::int64_t doc_id, const IsWanted& is_wanted = [](db::Session&) { return true; });
/// Takes a document out of the index. To be called before its rows and its text are deleted.
void remove_document(db::Session& transaction, std::int64_t doc_id);

}  // namespace nassaq::search
