/// Fills a search index with pages that are made up, and measures searching in it: what bench/search runs.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "db/connection_string.hpp"
#include "db/database.hpp"
#include "db/migrate.hpp"
#include "db/odbc.hpp"
#include "db/sqlite.hpp"
#include "search/folding.hpp"
#include "search/index.hpp"
#include "search/snippet.hpp"

namespace nassaq {
namespace {

constexpr std::size_t vocabulary_size = 60'000;
constexpr std::int64_t documents_of_a_user = 1000;
constexpr std::int64_t pages_of_a_document = 10;
constexpr std::size_t words_of_a_page = 100;
constexpr std::int64_t pages_of_the_long_document = 193;
constexpr std::size_t short_prefix = 4;  ///< Bytes: two letters of an Arabic word.
constexpr std::size_t long_prefix = 8;
constexpr const char* phrase = "uncommon sequence amid everything";

using Random = std::mt19937;

struct Word {
    std::string word;
    std::string stem;
};

/// Words made of syllables, the frequent ones first.
std::vector<Word> make_vocabulary() {
    const std::vector<std::string> arabic{"ال", "كت", "مد", "رس", "عل", "نو", "قا", "مي", "سل", "حر", "به", "وز"};
    const std::vector<std::string> english{"con", "tra", "re",  "port", "ing", "ment",
                                           "ma",  "lo",  "ver", "tion", "ed",  "sta"};
    Random random(1);  // NOLINT(cert-msc51-cpp): each run is to have the same.
    std::set<std::string> seen;
    std::vector<Word> words;
    while (words.size() < vocabulary_size) {
        const auto& syllables = words.size() % 2 == 0 ? arabic : english;
        std::string word;
        for (auto i = 2 + random() % 4; i > 0; --i) {
            word += syllables[random() % syllables.size()];
        }
        if (seen.insert(word).second) {
            words.push_back({.word = word, .stem = search::stem(word)});
        }
    }
    return words;
}

/// By Zipf's law: the nth word is n times as rare as the first.
std::size_t draw(Random& random) {
    const double place = std::uniform_real_distribution<>(0, 1)(random);
    return static_cast<std::size_t>(std::pow(static_cast<double>(vocabulary_size), place)) - 1;
}

class Filler {
public:
    Filler(db::Database& database, const std::vector<Word>& vocabulary)
        : database_(database), vocabulary_(vocabulary) {}

    void fill(std::int64_t pages) {
        std::int64_t done = 0;
        for (int user = 1; done < pages; ++user) {
            const std::int64_t user_id = add_user(user);
            for (std::int64_t first = 0; first < documents_of_a_user; first += 100) {
                add_documents(user_id, 100, pages_of_a_document);
            }
            done += documents_of_a_user * pages_of_a_document;
            fmt::print(stderr, "{} pages\n", done);
        }
        add_documents(1, 1, pages_of_the_long_document);
    }

private:
    std::int64_t add_user(int number) {
        return database_.transaction([&](db::Session& session) {
            return session.insert("Users", "user_id",
                                  {{"username", fmt::format("user{}", number)},
                                   {"full_name", "User"},
                                   {"email", fmt::format("user{}@example.com", number)},
                                   {"password_hash", "x"},
                                   {"created_at", now()}});
        });
    }

    void add_documents(std::int64_t user_id, int count, std::int64_t pages) {
        database_.transaction([&](db::Session& session) {
            for (int i = 0; i < count; ++i) {
                add_document(session, user_id, pages);
            }
        });
    }

    void add_document(db::Session& session, std::int64_t user_id, std::int64_t pages) {
        const std::string filename = fmt::format("scan {}.pdf", ++documents_);
        const std::int64_t doc_id = session.insert(
            "Documents", "doc_id",
            {{"filename", filename}, {"path_id", 1}, {"uploaded_by_user_id", user_id}, {"uploaded_at", now()}});
        std::vector<search::Passage> passages;
        for (std::int64_t page = 1; page <= pages; ++page) {
            passages.push_back(make_page(page));
            if (pages == pages_of_the_long_document && page == pages / 2) {
                passages.back().words += std::string(" ") + phrase;
            }
        }
        for (search::Passage& passage : passages) {
            passage.text = passage.words;
        }
        const search::Tables& tables = search::tables_of(session.dialect());
        search::Piece piece{.passages = passages, .name = search::name_words(filename), .terms = {}};
        for (const search::Passage& passage : passages) {
            const bool is_first = piece.terms.empty();
            piece.terms.push_back(tables.terms(user_id, is_first ? piece.name : search::NameWords(), passage));
        }
        tables.insert(session, {.doc_id = doc_id, .user_id = user_id, .filename = filename, .has_text = true}, piece);
    }

    search::Passage make_page(std::int64_t page) {
        search::Passage passage{.page = page, .language = "ar"};
        std::set<std::string_view> stems;
        for (std::size_t i = 0; i < words_of_a_page; ++i) {
            const Word& word = vocabulary_[draw(random_)];
            passage.words += (i == 0 ? "" : " ") + word.word;
            stems.insert(word.stem);
        }
        for (const std::string_view stem : stems) {
            passage.stems.append(passage.stems.empty() ? "" : " ").append(stem);
        }
        return passage;
    }

    db::Database& database_;
    const std::vector<Word>& vocabulary_;
    Random random_{2};  // NOLINT(cert-msc51-cpp): each run is to have the same.
    std::int64_t documents_ = 0;
};

/// The vocabulary of each user, from the pages: without the trigrams, of which these made-up words would have very
/// many.
void learn_all(db::Database& database) {
    const auto users = database.read([](db::Session& session) {
        return session.query<std::int64_t>(
            "SELECT user_id FROM Users u WHERE NOT EXISTS "
            "(SELECT 1 FROM Search_Vocabulary v WHERE v.user_id = u.user_id) ORDER BY user_id");
    });
    for (const std::int64_t user_id : users) {
        std::set<std::string, std::less<>> words;
        const auto collect = [&](const std::string& text) {
            for (const std::string_view word : search::split_words(text)) {
                if (!words.contains(word)) {
                    words.emplace(word);
                }
            }
        };
        database.transaction([&](db::Session& session) {
            session.visit<std::string>(
                "SELECT s.content FROM Documents d JOIN Search_Pages s ON s.doc_id = d.doc_id "
                "WHERE d.uploaded_by_user_id = ?",
                collect, user_id);
            session.visit<std::string>(
                "SELECT filename FROM Documents WHERE uploaded_by_user_id = ?",
                [&](const std::string& name) {
                    for (const auto& word : search::all_words({}, search::name_words(name)).words) {
                        words.insert(word.word);
                    }
                },
                user_id);
            std::vector<search::VocabularyWord> all;
            all.reserve(words.size());
            for (const std::string& word : words) {
                all.push_back({.word = word, .trigrams = {}});
            }
            search::tables_of(session.dialect()).add_words(session, user_id, all);
        });
        fmt::print(stderr, "words of user {}\n", user_id);
    }
    database.transaction(
        [](db::Session& session) { session.execute("DELETE FROM Search_Vocabulary WHERE user_id = 0"); });
}

/// Runs the query so many times, and prints a line of JSON about it. @param ask  returns how many hits there were.
void measure(std::string_view name, int queries, const std::function<std::int64_t()>& ask) {
    std::vector<double> milliseconds;
    std::int64_t hits = 0;
    for (int i = 0; i < queries; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        hits += ask();
        milliseconds.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
    std::ranges::sort(milliseconds);
    const auto at = [&](std::size_t percent) { return milliseconds[(milliseconds.size() - 1) * percent / 100]; };
    fmt::print(R"({{"name":"{}","queries":{},"p50":{:.3f},"p99":{:.3f},"hits":{:.1f}}})"
               "\n",
               name, queries, at(50), at(99), static_cast<double>(hits) / queries);
}

class Searcher {
public:
    Searcher(db::Database& database, const std::vector<Word>& vocabulary)
        : database_(database), vocabulary_(vocabulary) {}

    /// As GET /docs/search does it.
    std::int64_t search(std::string_view text, std::optional<std::int64_t> user_id) {
        const auto hits = database_.read([&](db::Session& session) {
            return search::find(session, search::parse_query(text), {.user_id = user_id}, {});
        });
        std::size_t length = 0;
        for (const search::Hit& hit : hits.items) {
            length += search::make_snippet(hit.text, hits.query).size();
        }
        return length > 0 ? hits.total : 0;
    }

    std::int64_t ask_fts5(std::int64_t user_id) {
        const Word& first = draw_word();
        const Word& second = draw_word();
        const std::string match =
            fmt::format(R"({{name_stems stems}} : "{}" AND {{name_stems stems}} : "{}")", first.stem, second.stem);
        return database_.read([&](db::Session& session) {
            return session.get<std::int64_t>(
                "SELECT COUNT(*) FROM Search_Index WHERE Search_Index MATCH ? AND rowid BETWEEN ? AND ?", match,
                user_id << 32, ((user_id + 1) << 32) - 1);
        });
    }

    std::string two_words() { return draw_word().word + " " + draw_word().word; }
    std::string prefix(std::size_t length) { return draw_word().word.substr(0, length) + "*"; }

private:
    /// Nobody looks for the words of which every page is full.
    const Word& draw_word() {
        std::size_t place = 0;
        while (place < 20) {
            place = draw(random_);
        }
        return vocabulary_[place];
    }

    db::Database& database_;
    const std::vector<Word>& vocabulary_;
    Random random_{3};  // NOLINT(cert-msc51-cpp): each run is to have the same.
};

std::unique_ptr<db::Driver> open_driver(const std::string& place) {
    if (place.find('=') == std::string::npos) {
        return db::make_sqlite_driver(place);
    }
    return db::make_odbc_driver(
        {.connection_string = db::complete(db::ConnectionString::parse(place).value()).to_string(),
         .statement_timeout = std::chrono::minutes{5}});
}

void run(const std::string& place, std::int64_t pages, int queries) {
    db::Database database(open_driver(place), 2);
    db::migrate(database);
    const auto vocabulary = make_vocabulary();
    const auto there =
        database.read([](db::Session& session) { return session.get<std::int64_t>("SELECT COUNT(*) FROM Documents"); });
    if (there == 0) {
        Filler(database, vocabulary).fill(pages);
    }
    learn_all(database);
    constexpr std::int64_t user_id = 1;
    Searcher searcher(database, vocabulary);
    if (database.dialect() == db::Dialect::sqlite) {
        measure("bare FTS5, both words, 1,000 documents", queries, [&] { return searcher.ask_fts5(user_id); });
    }
    measure("two words, 1,000 documents", queries, [&] { return searcher.search(searcher.two_words(), user_id); });
    measure("a phrase in the middle of 193 pages", queries,
            [&] { return searcher.search(fmt::format("\"{}\"", phrase), user_id); });
    measure("a beginning*, 1,000 documents", queries / 5,
            [&] { return searcher.search(searcher.prefix(short_prefix), user_id); });
    measure("a longer beginning*, 1,000 documents", queries / 5,
            [&] { return searcher.search(searcher.prefix(long_prefix), user_id); });
    measure("two words, all documents", queries / 5,
            [&] { return searcher.search(searcher.two_words(), std::nullopt); });
}

}  // namespace
}  // namespace nassaq

int main(int count, char** arguments) {
    if (count != 4) {
        std::cerr << "usage: search_rate FILE|CONNECTION_STRING PAGES QUERIES\n";
        return 2;
    }
    try {
        nassaq::run(arguments[1], std::stoll(arguments[2]), std::stoi(arguments[3]));
    } catch (const std::exception& error) {
        fmt::print(stderr, "search_rate: {}\n", error.what());
        return 1;
    }
    return 0;
}
