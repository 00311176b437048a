import { describe, expect, it } from "vitest";
import { DEFAULT_HANDLERS } from "../../src/core/handlers.ts";
import { load, problemsOf } from "./support.ts";

describe("handlers", () => {
  it("are the built-in ones unless a list is written, which replaces that one only", () => {
    expect(load({}).policy.handlers).toEqual(DEFAULT_HANDLERS);
    const yaml = "handlers:\n  pending_pickup: []\n  in_transit: [fulfil, post_event, set_status: in_transit]\n";
    expect(load({ yaml }).policy.handlers).toEqual({
      ...DEFAULT_HANDLERS,
      pending_pickup: [],
      in_transit: [{ kind: "fulfil" }, { kind: "post_event" }, { kind: "set_status", status: "in_transit" }],
    });
  });

  it("may be written in the environment", () => {
    const env = { SHIPBOT_HANDLERS_READY_TO_SHIP: '["create_shipment"]' };
    expect(load({ env }).policy.handlers.ready_to_ship).toEqual([{ kind: "create_shipment" }]);
  });

  it("tell every mistake with its line and what would be right", () => {
    const yaml = `handlers:
  ready_to_ship:
    - create_shipmnt
    - set_status: shipped
    - fulfil: yes
  shipped: []
  delivered: [set_status: delivered, buy_again]
  parked: create_shipment
  waiting:
    - set_status
`;
    expect(problemsOf({ yaml })).toEqual([
      expect.stringMatching(
        /^shipbot\.yaml:3:7 {2}handlers\.ready_to_ship\.0 "create_shipmnt" is no step: did you mean create_shipment\? \(create_shipment, fulfil, /,
      ),
      expect.stringMatching(/^shipbot\.yaml:4:7 .*set_status must be one of waiting, ready_to_ship, /),
      expect.stringMatching(/^shipbot\.yaml:5:7 .*fulfil takes no value/),
      expect.stringMatching(/^shipbot\.yaml:6:3 {2}handlers\.shipped is no setting/),
      expect.stringMatching(/^shipbot\.yaml:7:38 .*"buy_again" is no step \(create_shipment, /),
      expect.stringMatching(/^shipbot\.yaml:8:11 .*must be a list/),
      expect.stringMatching(/^shipbot\.yaml:10:7 .*"set_status" needs a value/),
    ]);
  });

  it("that contradict themselves are refused, also when file and environment do it together", () => {
    const yaml = "handlers:\n  waiting:\n    - set_status: parked\n";
    expect(problemsOf({ yaml: `${yaml}  parked: [set_status: waiting]\n` })).toEqual([
      expect.stringMatching(/^shipbot\.yaml:3:7 .*circle: waiting sets parked sets waiting$/),
      expect.stringMatching(/^shipbot\.yaml:4:12 .*circle: parked sets waiting sets parked$/),
    ]);
    const env = { SHIPBOT_HANDLERS_PARKED: '[{"set_status": "waiting"}]' };
    expect(problemsOf({ yaml, env }).join("\n")).toMatch(
      /SHIPBOT_HANDLERS_PARKED\.0 set_status goes round in a circle/,
    );
    expect(problemsOf({ yaml: "handlers:\n  cancelled: [fulfil]\n" })).toEqual([
      expect.stringMatching(/^shipbot\.yaml:2:15 .*"fulfil" has no place at cancelled: it belongs to pending_pickup, /),
    ]);
  });
});
