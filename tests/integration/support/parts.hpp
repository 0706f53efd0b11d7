#pragma once
// The parts of the load: who asks what. Each is played by one thread at a time.

#include <random>
#include <string>
#include <vector>

#include "client.hpp"
#include "load.hpp"

namespace breakerd::integration {

class Part {
 public:
  Part(Load& load, std::uint64_t seed) : load_{load}, random_{seed} {}
  virtual ~Part() = default;
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  /// Steps until the load is stopped or the daemon is gone.
  void play(std::uint16_t port);

 protected:
  virtual void step() = 0;

  /// Asks, and says how it ended; an answer that none of the parts expects is complained of.
  [[nodiscard]] Outcome post(const std::string& target, const Json& body, Answer& answer);
  [[nodiscard]] Answer get(const std::string& target) { return client_->get(target); }
  [[nodiscard]] Ledger& ledger();
  [[nodiscard]] const LoadOptions& options() const;
  [[nodiscard]] std::string new_key();
  [[nodiscard]] bool take_jobs(std::size_t count);
  [[nodiscard]] unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  /// Leaves the daemon to others for a moment.
  static void rest(int ms);
  void lose() { lost_ = true; }

 private:
  Load& load_;
  std::mt19937_64 random_;
  Client* client_ = nullptr;
  bool lost_ = false;
};

/// Enqueues jobs, one at a time and in batches, with and without a campaign.
class Producer final : public Part {
 public:
  using Part::Part;

 private:
  void step() override;
  [[nodiscard]] std::string some_campaign();
};

/// Leases jobs and reports what became of them. Asks again, with the same result, for an end it got no answer to.
class Worker final : public Part {
 public:
  Worker(Load& load, std::uint64_t seed, std::string name) : Part{load, seed}, name_{std::move(name)} {}

 private:
  struct Held {
    JobId job = 0;
    std::string token;
    std::string campaign;
    std::string result;  ///< not empty: the completion that was asked for and not answered
  };

  void step() override;
  void lease();
  void complete(Held held);
  void fail(const Held& held);
  void release(const Held& held);
  void report_service(const Held& held);
  void heartbeat(const Held& held);
  [[nodiscard]] static std::string path(const Held& held, const char* action);
  void explain_refusal(const Held& held, const Answer& answer, const char* action);

  std::string name_;
  std::vector<Held> held_;
};

/// Creates campaigns and takes them through their lives.
class Manager final : public Part {
 public:
  using Part::Part;

 private:
  void step() override;
  void create();
  void change(const std::string& id, const char* action);
};

/// Opens and closes the circuit, resumes the queue, and cancels a job now and then.
class Operator final : public Part {
 public:
  using Part::Part;

 private:
  void step() override;
  void cancel_some_job();
  void open();
  void close();
  void resume_queue();
};

}  // namespace breakerd::integration
