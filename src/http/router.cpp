#include "http/router.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <stdexcept>

#include "base/text.hpp"

namespace nassaq::http {
namespace {

using Segments = std::vector<std::string_view>;

/// "/a/b" is [a, b], "/a/b/" is [a, b, ""], "/" is [""].
Segments split(std::string_view path) {
    Segments segments;
    segments.reserve(8);
    path.remove_prefix(1);
    for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
        segments.push_back(path.substr(0, slash));
        path.remove_prefix(slash + 1);
    }
    segments.push_back(path);
    return segments;
}

std::string decode_segment(std::string_view segment) {
    return text::percent_decode_text(segment).value_or(std::string(segment));
}

bool is_parameter(std::string_view segment) {
    return segment.size() > 2 && segment.starts_with('{') && segment.ends_with('}');
}

/// Of "{path*}".
bool is_rest(std::string_view segment) {
    return is_parameter(segment) && segment.ends_with("*}");
}

/// What stands between the first of some segments and the end of their path.
std::string_view join(std::span<const std::string_view> segments) {
    const char* const begin = segments.front().data();
    return {begin, static_cast<std::size_t>(segments.back().data() + segments.back().size() - begin)};
}

std::optional<std::string> other_slash(std::string_view path) {
    if (!path.ends_with('/')) return std::string(path) + '/';
    const std::size_t last = path.find_last_not_of('/');
    if (last == std::string_view::npos) return std::nullopt;
    return std::string(path.substr(0, last + 1));
}

}  // namespace

struct Router::Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
    std::unique_ptr<Node> parameter;
    std::unique_ptr<Node> rest;
    std::vector<const Endpoint*> endpoints;

    [[nodiscard]] const Endpoint* find(std::string_view method) const {
        const auto with = [&](std::string_view wanted) {
            const auto found = std::ranges::find(endpoints, wanted, &Endpoint::method);
            return found == endpoints.end() ? nullptr : *found;
        };
        const Endpoint* endpoint = with(method);
        return endpoint == nullptr && method == "HEAD" ? with("GET") : endpoint;
    }
    Node& child_for(std::string_view segment) {
        std::unique_ptr<Node>& child = place_for(segment);
        if (!child) child = std::make_unique<Node>();
        return *child;
    }
    std::unique_ptr<Node>& place_for(std::string_view segment) {
        if (is_rest(segment)) return rest;
        return is_parameter(segment) ? parameter : children[std::string(segment)];
    }
    [[nodiscard]] const Node* static_child(std::string_view segment) const {
        const bool encoded = segment.find('%') != std::string_view::npos;
        const auto found = encoded ? children.find(decode_segment(segment)) : children.find(segment);
        return found == children.end() ? nullptr : found->second.get();
    }
};

namespace {

/// One walk down the tree, which visits the nodes that match the path, the more specific first.
template <class Node>
class Walk {
public:
    /// @param takes_rests  Whether it visits those that take the rest of a path, instead of those that end with it.
    Walk(std::string_view method, bool takes_rests) : method_(method), takes_rests_(takes_rests) {}

    /// @return true once an endpoint with the method is found.
    bool descend(const Node& node, std::span<const std::string_view> segments) {
        if (segments.empty()) return !takes_rests_ && accept(node);
        const std::string_view segment = segments.front();
        const Node* child = node.static_child(segment);
        if (child != nullptr && descend(*child, segments.subspan(1))) return true;
        if (node.parameter && !segment.empty() &&
            take(segment, [&] { return descend(*node.parameter, segments.subspan(1)); })) {
            return true;
        }
        return takes_rests_ && node.rest && take(join(segments), [&] { return accept(*node.rest); });
    }

    [[nodiscard]] const Endpoint* endpoint() const { return endpoint_; }
    [[nodiscard]] bool matched_path() const { return !allowed_.empty(); }
    [[nodiscard]] std::vector<std::string> parameters() const {
        std::vector<std::string> decoded;
        decoded.reserve(parameters_.size());
        std::ranges::transform(parameters_, std::back_inserter(decoded), decode_segment);
        return decoded;
    }
    [[nodiscard]] std::string allow() const {
        std::string list;
        for (const std::string_view method : allowed_) {
            list.append(list.empty() ? "" : ", ").append(method);
        }
        return list;
    }

private:
    /// Goes on with one more parameter, which stays if that leads to an endpoint.
    template <class GoOn>
    bool take(std::string_view parameter, GoOn go_on) {
        parameters_.push_back(parameter);
        if (go_on()) return true;
        parameters_.pop_back();
        return false;
    }

    bool accept(const Node& node) {
        endpoint_ = node.find(method_);
        if (endpoint_ != nullptr) return true;
        for (const Endpoint* endpoint : node.endpoints) {
            allowed_.insert(endpoint->method);
            if (endpoint->method == "GET") allowed_.insert("HEAD");
        }
        return false;
    }

    std::string_view method_;
    bool takes_rests_;
    const Endpoint* endpoint_ = nullptr;
    Segments parameters_;
    std::set<std::string_view> allowed_;
};

}  // namespace

Router::Router(const std::vector<Endpoint>& endpoints) : root_(std::make_unique<Node>()) {
    for (const Endpoint& endpoint : endpoints) {
        if (!endpoint.pattern.starts_with('/')) throw std::invalid_argument("route without '/': " + endpoint.pattern);
        Node* node = root_.get();
        const Segments segments = split(endpoint.pattern);
        for (const std::string_view segment : segments) {
            node = &node->child_for(segment);
        }
        if (std::ranges::any_of(std::span(segments).first(segments.size() - 1), is_rest)) {
            throw std::invalid_argument("a route goes on behind the rest of a path: " + endpoint.pattern);
        }
        if (std::ranges::find(node->endpoints, endpoint.method, &Endpoint::method) != node->endpoints.end()) {
            throw std::invalid_argument("two routes for " + endpoint.method + ' ' + endpoint.pattern);
        }
        node->endpoints.push_back(&endpoint);
    }
}

Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

Router::Result Router::route(std::string_view method, std::string_view path) const {
    if (!path.starts_with('/')) return NotFound{};
    Result result = route_to(Routes::of_whole_paths, method, path);
    return std::holds_alternative<NotFound>(result) ? route_to(Routes::of_rests, method, path) : std::move(result);
}

Router::Result Router::route_to(Routes routes, std::string_view method, std::string_view path) const {
    const bool takes_rests = routes == Routes::of_rests;
    Walk<Node> walk(method, takes_rests);
    if (walk.descend(*root_, split(path))) return Found{walk.endpoint(), walk.parameters()};
    if (walk.matched_path()) return MethodNotAllowed{walk.allow()};

    auto other = other_slash(path);
    Walk<Node> other_walk(method, takes_rests);
    if (other && (other_walk.descend(*root_, split(*other)) || other_walk.matched_path())) {
        return OtherSlash{std::move(*other)};
    }
    return NotFound{};
}

}  // namespace nassaq::http
