#include "jobs/janitor.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "jobs_fixture.hpp"

namespace nassaq::jobs {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class JanitorTest : public test::JobsTest {
protected:
    /// How far an upload had come when its process was killed.
    enum class Death { while_spooling, after_the_note, after_the_blob, after_the_commit };

    /// What such a process leaves: a folder that nobody locks, in it the file and its note.
    fs::path leave_behind(const std::string& name, Death death) {
        const fs::path folder = folder_ / "spool" / "dead-process";
        fs::create_directories(folder);
        const std::ofstream lock(folder / "lock");
        const fs::path file = folder / name;
        {
            SpoolFile living = spooled("left behind");
            fs::create_hard_link(living.path(), file);
            if (death >= Death::after_the_blob) {
                EXPECT_TRUE(storage_.upload(name, living, ""));
            }
        }
        if (death >= Death::after_the_note) {
            std::ofstream(file.string() + ".blob") << name;
        }
        if (death >= Death::after_the_commit) {
            database_.add_document(name, user_id_, name, std::nullopt);
        }
        return file;
    }

    Janitor janitor_{database_.get(), storage_, spool_, std::chrono::days{30}};
};

TEST_F(JanitorTest, RemovesAHalfWrittenSpoolFile) {
    const auto file = leave_behind("a", Death::while_spooling);
    EXPECT_EQ(janitor_.step(), 1U);
    EXPECT_FALSE(fs::exists(file));
    EXPECT_EQ(janitor_.step(), 0U);
    EXPECT_FALSE(fs::exists(file.parent_path()));
}

TEST_F(JanitorTest, RemovesAnUploadThatWasNotStoredYet) {
    const auto file = leave_behind("a", Death::after_the_note);
    EXPECT_EQ(janitor_.step(), 1U);
    EXPECT_FALSE(fs::exists(file));
    EXPECT_FALSE(fs::exists(file.string() + ".blob"));
}

TEST_F(JanitorTest, RemovesTheBlobOfAnUploadThatWasNotCommitted) {
    const auto file = leave_behind("a", Death::after_the_blob);
    ASSERT_TRUE(storage_.exists("a"));
    EXPECT_EQ(janitor_.step(), 1U);
    EXPECT_FALSE(storage_.exists("a"));
    EXPECT_FALSE(fs::exists(file));
}

TEST_F(JanitorTest, KeepsTheBlobOfAnUploadThatWasCommitted) {
    const auto file = leave_behind("a", Death::after_the_commit);
    EXPECT_EQ(janitor_.step(), 1U);
    EXPECT_TRUE(storage_.exists("a"));
    EXPECT_FALSE(fs::exists(file));
}

TEST_F(JanitorTest, KeepsABlobThatAnotherUploadHasStoredUnderTheName) {
    leave_behind("a", Death::after_the_note);
    // Its own document is not committed yet: it is being uploaded by a living process.
    ASSERT_TRUE(storage_.upload("a", spooled("another's"), ""));
    EXPECT_EQ(janitor_.step(), 1U);
    EXPECT_TRUE(storage_.exists("a"));
}

TEST_F(JanitorTest, LeavesTheFilesOfLivingProcessesAlone) {
    SpoolFile own = spooled("own");
    own.note_blob_name("own");
    Spool other(folder_ / "spool");
    SpoolFile theirs = other.create();
    theirs.append("theirs");
    theirs.note_blob_name("theirs");
    ASSERT_TRUE(storage_.upload("own", own, ""));
    EXPECT_EQ(janitor_.step(), 0U);
    EXPECT_TRUE(fs::exists(own.path()));
    EXPECT_TRUE(fs::exists(theirs.path()));
    EXPECT_TRUE(storage_.exists("own"));
}

TEST_F(JanitorTest, KeepsTheLeftoverUntilItsBlobIsGone) {
    const auto file = leave_behind("a", Death::after_the_blob);
    storage_.is_away = true;
    EXPECT_EQ(janitor_.step(), 0U);
    EXPECT_TRUE(fs::exists(file));
    storage_.is_away = false;
    EXPECT_EQ(janitor_.step(), 1U);
    EXPECT_FALSE(storage_.exists("a"));
    EXPECT_FALSE(fs::exists(file));
}

TEST_F(JanitorTest, AKilledProcessLeavesNothing) {
    // A real one this time: killed at a random moment between spooling and the answer that never came.
    for (int round = 0; round < 10; ++round) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            Spool spool(folder_ / "spool");
            const auto storage = storage::make_local_storage(folder_ / "blobs");
            for (int i = 0;; ++i) {
                const std::string name = "killed/" + std::to_string(i);
                SpoolFile file = spool.create();
                file.append("bytes");
                file.finish();
                file.note_blob_name(name);
                if (!storage->upload(name, file, "") || i == 1000) {
                    ::_exit(1);
                }
                storage->remove(name);
            }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{5 + 7 * round});
        ::kill(child, SIGKILL);
        int result = 0;
        ASSERT_EQ(::waitpid(child, &result, 0), child);
        janitor_.step();
        janitor_.step();
        std::size_t blobs = 0;
        storage_.list("", [&](const storage::BlobProperties&) { return ++blobs > 0; });
        EXPECT_EQ(blobs, 0U);
        std::size_t folders = 0;
        for (const auto& entry : fs::directory_iterator(folder_ / "spool")) {
            folders += entry.path() == spool_.directory() ? 0 : 1;
        }
        EXPECT_EQ(folders, 0U);
    }
}

TEST_F(JanitorTest, EndsSessionsThatHaveExpired) {
    for (const auto& [jti, expires_at] : {std::pair("old", now() - 1s), std::pair("live", now() + 60s)}) {
        database_.execute(
            "INSERT INTO Sessions (jti, user_id, created_at, last_used_at, expires_at) VALUES (?, ?, ?, ?, ?)", jti,
            user_id_, now(), now(), expires_at);
    }
    EXPECT_EQ(janitor_.step(), 1U);
    EXPECT_EQ(database_.text("SELECT jti FROM Sessions"), "live");
    EXPECT_EQ(janitor_.step(), 0U);
}

TEST_F(JanitorTest, RemovesOldRowsOfTheLogInBatches) {
    const auto add = [&](std::chrono::days age, int rows) {
        database_.get().transaction([&](db::Session& session) {
            for (int row = 0; row < rows; ++row) {
                session.execute("INSERT INTO Logs (log_timestamp, action_type) VALUES (?, 'aged')", now() - age);
            }
        });
    };
    add(std::chrono::days{31}, 1'203);
    add(std::chrono::days{29}, 7);
    EXPECT_EQ(janitor_.step(), 1'203U);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Logs WHERE action_type = 'aged'"), 7);
    EXPECT_EQ(janitor_.step(), 0U);
    EXPECT_EQ(database_
                  .query_plan("DELETE FROM Logs WHERE log_id IN (SELECT log_id FROM Logs WHERE log_timestamp < ? ORDER "
                              "BY log_timestamp, log_id LIMIT 500)")
                  .find("SCAN Logs"),
              std::string::npos);
}

TEST_F(JanitorTest, ForgetsReadsOfHoursBefore) {
    const std::int64_t hour = std::chrono::floor<std::chrono::hours>(now()).time_since_epoch().count();
    for (const std::int64_t age : {0, 1, 2, 3}) {
        for (int document = 1; document <= 300; ++document) {
            database_.execute("INSERT INTO Document_Reads (read_hour, user_id, doc_id) VALUES (?, 1, ?)", hour - age,
                              document);
        }
    }
    EXPECT_EQ(janitor_.step(), 600U);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Document_Reads WHERE read_hour < ?", hour - 1), 0);
}

}  // namespace
}  // namespace nassaq::jobs
