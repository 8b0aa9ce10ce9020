#pragma once

#include "harness/drill/run.hpp"
#include "tests/end_to_end/drill/item_service.hpp"
#include "tests/support/operations.hpp"
#include "tests/support/postgres_suite.hpp"
#include "tests/support/run_async.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::drill {

using test::operation;

inline std::vector<target::operation> item_traffic()
{
    auto create = operation("items.create", "POST", "/items", R"({"name": "{canary}"})");
    create.content_type = "application/json";
    create.captures.push_back({target::capture::from::json_pointer, "id", "/id"});
    return {
        operation("items.list", "GET", "/items"),
        create,
        operation("items.read", "GET", "/items/{id}"),
    };
}

inline step sql(std::string name, std::string text)
{
    step out;
    out.name = std::move(name);
    out.action = sql_step{"main", "", std::move(text)};
    out.deadline = 30s;
    return out;
}

inline step post(std::string name, std::string path)
{
    step out;
    out.name = std::move(name);
    out.action = http_step{operation("control", "POST", std::move(path))};
    out.deadline = 5s;
    return out;
}

// How: a service of a dozen lines on a private PostgreSQL is migrated to tenants and back, with
// live traffic on it. Each test changes what its rollback does.
class Drill : public test::postgres_suite<Drill> {
protected:
    void SetUp() override
    {
        query("drop table if exists items;"
              "create table items (id serial primary key, name text not null);"
              "insert into items (name) select 'item ' || n from generate_series(1, 500) n");
        model_.base = {false, "127.0.0.1", service_.port()};
        model_.allow = net::allow_list{{"127.0.0.1"}};
        model_.timeout = 5s;
        plan_.traffic = item_traffic();
        plan_.baseline_for = 500ms;
        plan_.rate_per_s = 60;
        plan_.when.error_rate = 0.2;
        plan_.limits.detection = 20s;
        plan_.limits.execution = 20s;
        plan_.limits.recovery = 20s;
        plan_.fingerprints = {{"main", {"public.items"}, {}}};
        plan_.forward = {
            sql("add tenants", "alter table items add tenant_id int not null default 1")};
        plan_.inject = {post("break", "/control/break")};
        plan_.rollback = {
            sql("remove tenants", "alter table items drop tenant_id"),
            post("switch back", "/control/mend"),
        };
    }

    static std::string query(std::string const& text) { return test::sql(server_->url(), text); }

    asio::awaitable<void> run_drill() { out_ = co_await run(plan_, around_, book_); }

    void rehearse_it()
    {
        test::run_async(run_drill(), 60s);
        found_ = book_.sorted();
    }

    bool found(std::string_view probe) const
    {
        return std::ranges::find(found_, probe, &evidence::finding::probe) != found_.end();
    }

    std::string all_findings() const
    {
        std::string out = out_.note + "\n";
        for (auto const& f : found_) out += f.probe + ": " + f.title + ": " + f.detail + "\n";
        return out;
    }

    test::item_service service_{server_->url()};
    target::model model_;
    target::population tenants_;
    std::map<std::string, std::string> stores_{{"main", server_->url()}};
    std::map<std::string, std::string> environment_;
    evidence::redactor secrets_;
    silent_progress display_;
    surroundings around_{model_, tenants_, stores_, environment_, secrets_, display_};
    plan plan_;
    evidence::finding_book book_;
    verdict::drill_outcome out_;
    std::vector<evidence::finding> found_;
};

} // namespace watertight::drill
