#include "app/storage.hpp"

#include <utility>
#include <variant>

#include "storage/local.hpp"
#include "storage/second_container.hpp"

namespace nassaq::app {
namespace {

struct Open {
    const settings::Settings& settings;
    const std::function<void()>& on_retry;
    const std::stop_token& stop;

    std::unique_ptr<storage::Storage> operator()(const settings::LocalBlobs&) const {
        return storage::make_local_storage(settings.data_directory / "blobs");
    }
    std::unique_ptr<storage::Storage> operator()(storage::AzureOptions options) const {
        prepare(options.client);
        return storage::make_azure_storage(std::move(options));
    }
    std::unique_ptr<storage::Storage> operator()(storage::S3Options options) const {
        prepare(options.client);
        return storage::make_s3_storage(std::move(options));
    }

    void prepare(http_client::Client::Options& client) const {
        client.on_retry = on_retry;
        client.transfer.stop = stop;
    }
};

}  // namespace

std::unique_ptr<storage::Storage> open_storage(const settings::Settings& settings,
                                               const std::function<void()>& on_retry, const std::stop_token& stop) {
    const Open open{settings, on_retry, stop};
    const auto& second = settings.blobs.second_container;
    return storage::make_storage_with_second_container(std::visit(open, settings.blobs.storage),
                                                       second ? open(*second) : nullptr);
}

}  // namespace nassaq::app
