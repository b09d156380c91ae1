#include "db/database.hpp"

namespace nassaq::db {

Database::Database(std::unique_ptr<Driver> driver, std::size_t connections)
    : driver_(std::move(driver)),
      dialect_(driver_->dialect()),
      readers_(*driver_, driver_->has_single_writer() ? Access::read_only : Access::read_write, connections) {
    if (driver_->has_single_writer()) {
        single_writer_ = std::make_unique<Pool>(*driver_, Access::read_write, 1);
    }
    static_cast<void>(writers().acquire());
}

}  // namespace nassaq::db
