// What a task has besides its reference, by type: `[path, schema, title]`. Only HTTP tasks have a form of their own.

const INPUTS = ["inputParameters"];
const text = (description) => ({ type: "string", description });
const script = (description) => ({ type: "string", format: "script", description });
const names = (description) => ({ type: "array", items: { type: "string" }, description });
const choice = (...values) => ({ enum: values });
const map = (description) => ({ type: "object", additionalProperties: {}, noun: "input", description });
const whole = (description) => ({ type: "integer", minimum: 0, description });

const input = (name, schema) => [[...INPUTS, name], schema, name];
const own = (name, schema) => [[name], schema, name];
const all = (description = "", ...except) => [INPUTS, { ...map(description), except }, "inputs"];
const EVALUATORS = choice("value-param", "javascript", "graaljs");

const FIELDS = {
  SWITCH: [own("evaluatorType", EVALUATORS), own("expression", script("The name of an input, or a script.")), all()],
  DECISION: [own("caseValueParam", text("Name of the input that decides.")), own("caseExpression", script("")), all()],
  DO_WHILE: [own("loopCondition", script("Once more while this is true.")), own("items", {}), all()],
  FORK_JOIN: [],
  FORK_JOIN_DYNAMIC: [
    own("dynamicForkTasksParam", text("Input that holds the tasks.")),
    own("dynamicForkTasksInputParamName", text("Input that holds their inputs.")),
    all(),
  ],
  JOIN: [own("joinOn", names("References that must be done."))],
  EXCLUSIVE_JOIN: [
    own("joinOn", names("References of which one must be done.")),
    own("defaultExclusiveJoinTask", names("References taken otherwise.")),
  ],
  INLINE: [
    input("evaluatorType", EVALUATORS),
    input("expression", script("Reads the other inputs as $.NAME.")),
    all("What the script reads.", "evaluatorType", "expression"),
  ],
  LAMBDA: [
    input("scriptExpression", script("Reads the other inputs as $.NAME.")),
    all("What the script reads.", "scriptExpression"),
  ],
  JSON_JQ_TRANSFORM: [
    input("queryExpression", script("A jq query on the other inputs.")),
    all("What it reads.", "queryExpression"),
  ],
  WAIT: [
    input("duration", text("For example 2 hours 30 minutes.")),
    input("until", text("For example 2030-01-31 09:00 GMT.")),
  ],
  TERMINATE: [
    input("terminationStatus", choice("COMPLETED", "FAILED", "TERMINATED")),
    input("terminationReason", text("")),
    input("workflowOutput", {}),
  ],
  SET_VARIABLE: [[INPUTS, { ...map("Variables by name."), noun: "variable" }, "variables"]],
  SUB_WORKFLOW: [
    [["subWorkflowParam", "name"], text("Name of the workflow."), "workflow"],
    [["subWorkflowParam", "version"], whole("Absent: the latest."), "version"],
    all("Inputs of the workflow."),
  ],
  EVENT: [own("sink", text("Where it is published.")), all()],
  DYNAMIC: [own("dynamicTaskNameParam", text("Input that names the task.")), all()],
};

const COMMON = [
  own("description", text("What the task does.")),
  own("optional", { type: "boolean", description: "Its failure does not fail the workflow." }),
  own("startDelay", whole("Seconds before it starts.")),
  own("retryCount", whole("Retries; overrides the task definition.")),
];

/** The fields of a task: those of its type, and what any task may have. */
export const fieldsOf = (task) => [FIELDS[task.type] ?? [all()], COMMON];
