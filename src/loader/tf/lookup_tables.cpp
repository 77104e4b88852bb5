// The initialisation is the operation that the signature "__saved_model_init_op" names, in TensorFlow 1 the nodes of some
// collections: calls of functions, each of which gets a table, its keys and its values (LookupTableImportV2, InitializeTableV2)
// or the path of a text file (InitializeTableFromTextFileV2). The path is a variable to which a placeholder of the graph is
// assigned.
#include "loader/tf/lookup_tables.h"

#include "keraunos/error.h"
#include "loader/files/bytes.h"
#include "loader/files/protobuf.h"
#include "loader/tf/table_numbers.h"
#include "loader/tf/text_file_table.h"

namespace keraunos::loader {
namespace {

using files::ProtoReader;

constexpr size_t kMostCalls = 10'000;  // nested calls multiply

std::vector<std::string> initial_operations(const MetaGraph& parts, const std::string& what) {
  const auto found = parts.signatures.find("__saved_model_init_op");
  if (found == parts.signatures.end()) return parts.initialisers;
  std::string_view tensor;
  ProtoReader reader(found->second, what);
  while (const auto field = reader.next()) {
    if (field->number == 2) tensor = map_entry(field->bytes, what).second;
  }
  const std::string name = map_entry(tensor, what).first;
  return {name.substr(0, name.find(':'))};
}

class Initialization {
 public:
  Initialization(const FunctionLibrary& functions, const MetaGraph& parts, const std::filesystem::path& folder,
                 const std::string& what, const files::SharedBudget& budget)
      : functions_(functions), parts_(parts), folder_(folder), what_(what), budget_(budget) {}

  LookupTables run(const FunctionBody& graph) {
    visit(graph, {});
    return std::move(tables_);
  }

 private:
  // What must be known of a value for tables: a constant, or the name of the graph's node for a table, a variable or a path.
  struct Known {
    std::shared_ptr<const Tensor> constant{};
    std::string node{};
  };

  void visit(const FunctionBody& body, const std::vector<Known>& arguments) {
    if (++calls_ > kMostCalls)
      throw ModelError(what_ + ": the initialisation calls more than " + std::to_string(kMostCalls) + " functions");
    std::vector<Known> values(body.nodes.size());
    const auto input = [&](const FunctionNode& node, size_t i) -> Known {
      if (i >= node.inputs.size()) return {};
      const FunctionInput& from = node.inputs[i];
      if (!from.is_argument) return values[from.node];
      return from.node < arguments.size() ? arguments[from.node] : Known{};
    };
    for (const bool assigns : {true, false}) {  // assignments first, because only control inputs order reads after them
      for (size_t i = 0; i < body.nodes.size(); ++i) {
        const FunctionNode& node = body.nodes[i];
        const std::string& op = node.node.op;
        if (op == "Const")
          values[i] = {.constant = node.constant.tensor, .node = body.name.empty() ? node.node.name : std::string()};
        else if (op == "Range" || op == "Cast")
          values[i] = {.constant = numbers_of(node, input)};
        else if (op == "Identity")
          values[i] = input(node, 0);
        else if (op == "ReadVariableOp")
          values[i] = assigned_[input(node, 0).node];
        else if (body.name.empty())
          values[i] = {.node = node.node.name};
        if (op == "AssignVariableOp" && assigns) assigned_[input(node, 0).node] = input(node, 1);
        if (assigns) continue;
        if (op == "LookupTableImportV2" || op == "InitializeTableV2" || op == "InitializeTable")
          fill(input(node, 0), input(node, 1).constant, input(node, 2).constant);
        if (op == "InitializeTableFromTextFileV2") fill_from_file(node.node, input(node, 0), input(node, 1));
        if (node.functions.size() != 1) continue;
        std::vector<Known> given;
        for (size_t k = 0; k < node.inputs.size(); ++k) given.push_back(input(node, k));
        visit(functions_.function(node.functions[0]), given);
      }
    }
  }

  // The values of a table of words are often their numbers: a range, converted to int64.
  template <class Input>
  std::shared_ptr<const Tensor> numbers_of(const FunctionNode& node, Input input) const {
    std::vector<std::shared_ptr<const Tensor>> operands;
    for (size_t i = 0; i < node.inputs.size(); ++i) operands.push_back(input(node, i).constant);
    return table_numbers(node.node, operands, *budget_, what_);
  }

  void fill(const Known& table, std::shared_ptr<const Tensor> keys, std::shared_ptr<const Tensor> values) {
    if (table.node.empty() || keys == nullptr || values == nullptr) return;  // computed: refused when the table is read
    const std::string where = what_ + ": the table \"" + table.node + '"';
    budget_->take(static_cast<uint64_t>(text::KeyValues::bytes_for(keys->dims().elements())), where);
    tables_[table.node] = std::make_shared<const text::KeyValues>(std::move(keys), std::move(values), where);
  }

  void fill_from_file(const GraphNode& node, const Known& table, const Known& path) {
    const auto file = parts_.assets.find(path.node);
    if (file == parts_.assets.end()) return;
    const std::string where = what_ + ": the table \"" + table.node + "\" (" + file->second + ')';
    const std::string lines = files::read_text(*files::open_inside(folder_, "assets/" + file->second, budget_));
    budget_->take(2 * lines.size(), where);
    TextFileTable contents = text_file_table(node, lines, where);
    fill(table, std::move(contents.keys), std::move(contents.values));
  }

  const FunctionLibrary& functions_;
  const MetaGraph& parts_;
  const std::filesystem::path& folder_;
  const std::string& what_;
  const files::SharedBudget& budget_;
  LookupTables tables_;
  std::map<std::string, Known> assigned_;
  size_t calls_ = 0;
};

}  // namespace

bool is_table(const GraphNode& node) { return node.op == "HashTableV2" || node.op == "MutableHashTableV2"; }

Value found_in(Lowering& l, const GraphNode& node, const std::shared_ptr<const text::KeyValues>& table, Value keys,
               Value otherwise) {
  if (l.dtype(keys) != table->key_type() || l.dtype(otherwise) != table->values().dtype() || l.rank(otherwise) != 0)
    l.refuse("looks up " + std::string(name_of(l.dtype(keys))) + " in \"" + node.name + "\", else " +
             std::string(name_of(l.dtype(otherwise))) + ' ' + l.dims(otherwise).to_string() + "; the table has keys of " +
             std::string(name_of(table->key_type())) + " and values of " + std::string(name_of(table->values().dtype())));
  const Value operands[] = {keys, otherwise};
  return l.call(text::find_kernel(table), operands)[0];
}

LookupTables lookup_tables_of(FunctionLibrary& functions, const MetaGraph& parts, const std::filesystem::path& folder,
                              const std::string& what, const files::SharedBudget& budget) {
  const std::vector<std::string> operations = initial_operations(parts, what);
  if (operations.empty()) return {};
  return Initialization(functions, parts, folder, what, budget).run(functions.initialization(operations));
}

}  // namespace keraunos::loader
