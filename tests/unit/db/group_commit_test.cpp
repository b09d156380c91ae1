#include "db/group_commit.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "db/session.hpp"
#include "temporary_database.hpp"

namespace nassaq::db {
namespace {

using namespace std::chrono_literals;
using Numbers = std::vector<std::int64_t>;

class GroupCommitTest : public TemporaryDatabase {
protected:
    GroupCommitTest() {
        run([](Session& session) {
            session.run_script("CREATE TABLE Numbers (number INTEGER NOT NULL CHECK (number >= 0), text TEXT)");
        });
    }

    /// `work` may return nothing, or whether its changes are to stay.
    template <class Work>
    void run(Work work) {
        group_.run([&](Connection& connection) {
            Session session(connection, Dialect::sqlite);
            if constexpr (std::is_void_v<std::invoke_result_t<Work, Session&>>) {
                work(session);
                return true;
            } else {
                return work(session);
            }
        });
    }

    static void insert(Session& session, std::int64_t number) {
        session.execute("INSERT INTO Numbers (number) VALUES (?)", number);
    }

    /// Runs all of `works` while another transaction is held, so that they wait for it together, in this order.
    /// @return for each what it threw, or nothing.
    std::vector<std::exception_ptr> run_together(const std::vector<std::function<bool(Session&)>>& works) {
        std::vector<std::exception_ptr> thrown(works.size());
        std::vector<std::jthread> threads;
        std::promise<void> go_on;
        auto is_held = go_on.get_future();
        threads.emplace_back([&] { run([&](Session&) { is_held.wait(); }); });
        wait_for_the_holder();
        for (std::size_t i = 0; i < works.size(); ++i) {
            threads.emplace_back([&, i] {
                try {
                    run(works[i]);
                } catch (...) {
                    thrown[i] = std::current_exception();
                }
            });
            wait_for_waits(i + 1);
        }
        go_on.set_value();
        threads.clear();
        return thrown;
    }

    Numbers numbers() {
        const Lease lease = reader_.acquire();
        return Session(*lease, Dialect::sqlite).query<std::int64_t>("SELECT number FROM Numbers ORDER BY rowid");
    }

    std::unique_ptr<Driver> driver_ = make_sqlite_driver(file());
    Pool writer_{*driver_, Access::read_write, {.size = 1}};
    Pool reader_{*driver_, Access::read_only, {.size = 1}};
    GroupCommit group_{writer_, 10s};

private:
    void wait_for_the_holder() const {
        while (writer_.statistics().in_use == 0) {
            std::this_thread::sleep_for(1ms);
        }
    }
    void wait_for_waits(std::uint64_t waits) const {
        while (group_.statistics().waits < waits) {
            std::this_thread::sleep_for(1ms);
        }
    }
};

template <class Thrown>
std::string message_of(const std::exception_ptr& thrown) {
    try {
        if (thrown) std::rethrow_exception(thrown);
    } catch (const Thrown& error) {
        return error.what();
    }
    return "";
}

TEST_F(GroupCommitTest, ThoseThatWaitAreCommittedTogetherInTheirOrder) {
    const std::uint64_t before = writer_.statistics().calls;
    const auto thrown = run_together({[](Session& session) { return insert(session, 1), true; },
                                      [](Session& session) { return insert(session, 2), true; },
                                      [](Session& session) { return insert(session, 3), true; }});
    EXPECT_EQ(thrown, std::vector<std::exception_ptr>(3));
    EXPECT_EQ(numbers(), (Numbers{1, 2, 3}));
    EXPECT_EQ(writer_.statistics().calls - before, 2U) << "one for what was waited for, one for all that waited";
    EXPECT_EQ(group_.statistics().retries, 0U);
}

TEST_F(GroupCommitTest, NothingIsSeenBeforeItIsCommitted) {
    Numbers seen{-1};
    run_together({[](Session& session) { return insert(session, 1), true; },
                  [&](Session& session) {
                      seen = numbers();
                      return insert(session, 2), true;
                  }});
    EXPECT_EQ(seen, Numbers{});
    EXPECT_EQ(numbers(), (Numbers{1, 2}));
}

TEST_F(GroupCommitTest, OneThatThrowsIsUndoneAloneAndTellsItsOwnCaller) {
    int runs_beside = 0;
    const auto count_and_insert = [&](std::int64_t number) {
        return [&runs_beside, number](Session& session) { return ++runs_beside, insert(session, number), true; };
    };
    const auto thrown = run_together({count_and_insert(1),
                                      [](Session& session) -> bool {
                                          insert(session, 2);
                                          throw std::runtime_error("not this one");
                                      },
                                      count_and_insert(3)});
    EXPECT_EQ(numbers(), (Numbers{1, 3}));
    EXPECT_FALSE(thrown[0] || thrown[2]);
    EXPECT_EQ(message_of<std::runtime_error>(thrown[1]), "not this one");
    EXPECT_EQ(runs_beside, 2) << "its neighbours run once";
    EXPECT_EQ(group_.statistics().retries, 0U);
}

TEST_F(GroupCommitTest, OneThatRefusesIsUndoneAlone) {
    const auto thrown = run_together({[](Session& session) { return insert(session, 1), true; },
                                      [](Session& session) { return insert(session, 2), false; },
                                      [](Session& session) { return insert(session, 3), true; }});
    EXPECT_EQ(thrown, std::vector<std::exception_ptr>(3));
    EXPECT_EQ(numbers(), (Numbers{1, 3}));
}

/// SQLite then rolls back the whole transaction (sqlite.org/lang_transaction.html).
TEST_F(GroupCommitTest, OneForWhichThereIsNoRoomTakesNoOtherWithIt) {
    run([](Session& session) { session.run_script("PRAGMA max_page_count = 20"); });
    const auto thrown =
        run_together({[](Session& session) { return insert(session, 1), true; },
                      [](Session& session) {
                          return session.execute("INSERT INTO Numbers VALUES (2, ?)", std::string(1'000'000, 'x')),
                                 true;
                      },
                      [](Session& session) { return insert(session, 3), true; }});
    EXPECT_EQ(numbers(), (Numbers{1, 3}));
    EXPECT_FALSE(thrown[0] || thrown[2]);
    EXPECT_NE(message_of<Error>(thrown[1]).find("full"), std::string::npos);
}

TEST_F(GroupCommitTest, OneWhoseCommitFailsIsUndoneAlone) {
    run([](Session& session) {
        session.run_script(
            "CREATE TABLE Late (id INTEGER PRIMARY KEY,"
            " parent INTEGER REFERENCES Late (id) DEFERRABLE INITIALLY DEFERRED)");
    });
    const auto thrown = run_together({[](Session& session) { return insert(session, 1), true; },
                                      [](Session& session) {
                                          insert(session, 2);
                                          session.execute("INSERT INTO Late VALUES (1, 7)");
                                          return true;
                                      },
                                      [](Session& session) { return insert(session, 3), true; }});
    EXPECT_EQ(numbers(), (Numbers{1, 3}));
    EXPECT_FALSE(thrown[0] || thrown[2]);
    EXPECT_NE(message_of<Error>(thrown[1]).find("FOREIGN KEY"), std::string::npos);
}

TEST_F(GroupCommitTest, AWriterThatCannotBeHadIsToldToAllWhoWait) {
    Pool held(*driver_, Access::read_write, {.size = 1, .patience = 50ms});
    GroupCommit group(held, 10s);
    const Lease lease = held.acquire();
    std::vector<std::jthread> all;
    for (int i = 0; i < 4; ++i) {
        all.emplace_back(
            [&] { EXPECT_EQ(kind_thrown_by([&] { group.run([](Connection&) { return true; }); }), ErrorKind::busy); });
    }
}

TEST_F(GroupCommitTest, WhoWaitsTooLongIsToldThatItIsBusyAndNeverRuns) {
    GroupCommit group(writer_, 50ms);
    std::promise<void> go_on;
    std::promise<void> has_begun;
    std::jthread holder([&] {
        group.run([&](Connection&) {
            has_begun.set_value();
            go_on.get_future().wait();
            return true;
        });
    });
    has_begun.get_future().wait();
    bool has_run = false;
    EXPECT_EQ(kind_thrown_by([&] {
                  group.run([&](Connection&) {
                      has_run = true;
                      return true;
                  });
              }),
              ErrorKind::busy);
    go_on.set_value();
    holder.join();
    group.run([](Connection&) { return true; });
    EXPECT_FALSE(has_run);
}

}  // namespace
}  // namespace nassaq::db
