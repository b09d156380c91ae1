#include "db/pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "db/session.hpp"
#include "temporary_database.hpp"

namespace nassaq::db {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class PoolTest : public TemporaryDatabase {
protected:
    /// Until as many threads have come to wait for a connection: a busy machine may take its time.
    static void wait_for_waiting(const Pool& pool, std::uint64_t threads) {
        while (pool.statistics().waits < threads) std::this_thread::sleep_for(1ms);
    }

    std::unique_ptr<Driver> driver_ = make_sqlite_driver(file());
};

TEST_F(PoolTest, ConnectionsAreOpenedWhenNeededAndUsedAgain) {
    Pool pool(*driver_, Access::read_write, {.size = 2});
    const Connection* first = nullptr;
    {
        const Lease lease = pool.acquire();
        first = &*lease;
    }
    const Lease again = pool.acquire();
    EXPECT_EQ(&*again, first);
    const Lease second = pool.acquire();
    EXPECT_NE(&*second, first);
}

TEST_F(PoolTest, WhoWaitsTooLongIsToldThatItIsBusy) {
    Pool pool(*driver_, Access::read_write, {.size = 1, .patience = 50ms});
    const Lease held = pool.acquire();
    const auto start = Clock::now();
    EXPECT_EQ(kind_thrown_by([&] { const Lease refused = pool.acquire(); }), ErrorKind::busy);
    EXPECT_GE(Clock::now() - start, 50ms);
}

TEST_F(PoolTest, WhoWaitsGetsWhatIsGivenBack) {
    Pool pool(*driver_, Access::read_write, {.size = 1, .patience = 10s});
    std::optional<Lease> held(pool.acquire());
    auto waiting = std::async(std::launch::async, [&] {
        const Lease lease = pool.acquire();
        return &*lease;
    });
    EXPECT_EQ(waiting.wait_for(50ms), std::future_status::timeout);
    const Connection* connection = &**held;
    held.reset();
    EXPECT_EQ(waiting.get(), connection);
}

TEST_F(PoolTest, WhoWaitsIsServedInTurn) {
    Pool pool(*driver_, Access::read_write, {.size = 1, .patience = 10s});
    std::optional<Lease> held(pool.acquire());
    std::vector<int> order;  // Guarded by the only connection.
    std::vector<std::jthread> waiting;
    for (int i = 0; i < 5; ++i) {
        waiting.emplace_back([&, i] {
            const Lease lease = pool.acquire();
            order.push_back(i);
        });
        wait_for_waiting(pool, waiting.size());
    }
    held.reset();
    waiting.clear();
    EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST_F(PoolTest, AThreadThatComesBackAtOnceDoesNotOvertakeOneThatWaits) {
    Pool pool(*driver_, Access::read_write, {.size = 1, .patience = 10s});
    std::atomic<bool> served = false;
    std::optional<Lease> held(pool.acquire());
    std::jthread waiting([&] {
        const Lease lease = pool.acquire();
        served = true;
    });
    wait_for_waiting(pool, 1);
    held.reset();
    const Lease back_again = pool.acquire();
    EXPECT_TRUE(served);
}

TEST_F(PoolTest, WhoGaveUpWaitingIsPassedOver) {
    Pool pool(*driver_, Access::read_write, {.size = 1, .patience = 50ms});
    {
        const Lease held = pool.acquire();
        EXPECT_EQ(kind_thrown_by([&] { const Lease refused = pool.acquire(); }), ErrorKind::busy);
    }
    EXPECT_NO_THROW(const Lease lease = pool.acquire());
}

TEST_F(PoolTest, AFailedConnectDoesNotUseUpAPlace) {
    const auto missing = make_sqlite_driver(file());
    std::filesystem::remove(file());
    std::filesystem::create_directory(file());
    Pool pool(*missing, Access::read_write, {.size = 1, .patience = 50ms});
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(kind_thrown_by([&] { const Lease lease = pool.acquire(); }), ErrorKind::other);
    }
    std::filesystem::remove(file());
    EXPECT_NO_THROW(const Lease lease = pool.acquire());
}

TEST_F(PoolTest, AConnectionLeftInATransactionIsDropped) {
    Pool pool(*driver_, Access::read_write, {.size = 1, .patience = 50ms});
    {
        const Lease lease = pool.acquire();
        Session(*lease, Dialect::sqlite).run_script("CREATE TABLE Things (id INTEGER)");
        (*lease).begin();
        Session(*lease, Dialect::sqlite).execute("INSERT INTO Things VALUES (1)");
    }
    const Lease fresh = pool.acquire();
    EXPECT_EQ(Session(*fresh, Dialect::sqlite).get<std::int64_t>("SELECT COUNT(*) FROM Things"), 0);
}

}  // namespace
}  // namespace nassaq::db
