package io.hvkit.scaleio.internal.pool;

import com.fasterxml.jackson.databind.JsonNode;
import io.hvkit.scaleio.internal.gateway.ArrayError;
import io.hvkit.scaleio.internal.gateway.Call;
import io.hvkit.scaleio.internal.gateway.GatewayClient;
import io.hvkit.scaleio.internal.gateway.Json;
import io.hvkit.scaleio.internal.gateway.Refusal;
import java.time.Duration;
import java.util.List;

/** What is asked of the array about trees and their migration. Any thread may use it. */
final class TreeCalls {

    /** How a migration is told to rest. */
    enum Pause {
        /** What is under way is finished first. */
        GRACEFULLY("Gracefully"),
        /** What is under way is dropped, and done again later. */
        FORCEFULLY("Forcefully");

        private final String word;

        Pause(String word) {
            this.word = word;
        }
    }

    /** What came of a request for a move. */
    enum Sent {
        ON_ITS_WAY,
        /** It is on another way, which does not rest; nothing was changed. */
        MUST_PAUSE_FIRST
    }

    private final GatewayClient client;

    TreeCalls(GatewayClient client) {
        this.client = client;
    }

    /** Returns how long the array may take to do what it was told. */
    Duration patience() {
        return client.timeout();
    }

    /** Returns where a tree is; one that is gone is on no way. */
    TreeState state(String tree) throws InterruptedException {
        try {
            return TreeState.of(client.call(Call.get("/api/instances/VTree::" + tree), Json.anObject()));
        } catch (Refusal e) {
            if (e.is(ArrayError.TREE_NOT_FOUND)) {
                return TreeState.of(Json.object());
            }
            throw e.asFailure();
        }
    }

    /** Returns all that lies in a tree, as the array tells it. */
    List<JsonNode> content(String tree) throws InterruptedException {
        Call call = Call.get("/api/instances/VTree::" + tree + "/relationships/Volume");
        return client.require(call, Json.aList(node -> node, node -> true));
    }

    /**
     * Sends a volume's tree to a pool; so one goes on after a pause, and goes back to where it came from. Does nothing if it is there,
     * or on its way.
     */
    Sent send(String volume, String pool) throws InterruptedException {
        Call call = Call.again(action(volume, "migrateVTree"), Json.object().put("destSPId", pool));
        try {
            client.call(call, Json.nothing());
            return Sent.ON_ITS_WAY;
        } catch (Refusal e) {
            if (e.is(ArrayError.MIGRATION_EXISTS, ArrayError.MIGRATION_SAME_POOL)) {
                return Sent.ON_ITS_WAY;
            }
            if (e.is(ArrayError.PAUSE_BEFORE_ROLLBACK)) {
                return Sent.MUST_PAUSE_FIRST;
            }
            throw e.asFailure();
        }
    }

    /** Tells a migration to rest; does nothing if there is none, or it rests, or is about to. */
    void pause(String volume, Pause pause) throws InterruptedException {
        Call call =
                Call.again(action(volume, "pauseVTreeMigration"), Json.object().put("pauseType", pause.word));
        try {
            client.call(call, Json.nothing());
        } catch (Refusal e) {
            if (!e.is(ArrayError.ALREADY_PAUSING, ArrayError.NO_MIGRATION)) {
                throw e.asFailure();
            }
        }
    }

    private static String action(String volume, String action) {
        return "/api/instances/Volume::" + volume + "/action/" + action;
    }
}
