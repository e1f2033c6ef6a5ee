package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.setting.SettingStore;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.setting.SettingScope;
import io.hvkit.engine.setting.StandardSettings;
import io.hvkit.storage.spi.chain.ChainLimit;
import io.hvkit.storage.spi.chain.ChainPlan;
import io.hvkit.storage.spi.chain.ChangeTracking;
import io.hvkit.storage.spi.chain.Layer;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot;
import io.hvkit.storage.spi.chain.Reason;
import io.hvkit.storage.spi.chain.Step;
import io.hvkit.storage.spi.chain.TakeSnapshot;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The place of a new snapshot in its chain: whether there is a layer, whether it is full, and on what it stands. From then on that is read,
 * and stays.
 */
final class TakePlace {

    private static final String LINE = "line";

    private final Ground ground;
    private final SnapshotId id;
    private final TakeRequest request;
    private final Optional<RecordId<KeyRecord>> key;
    private final PoolId store;

    /**
     * Makes one.
     *
     * @param key the key of its layer, if that is to be encrypted; stored already
     */
    TakePlace(Ground ground, SnapshotId id, TakeRequest request, Optional<RecordId<KeyRecord>> key) {
        this.ground = ground;
        this.id = id;
        this.request = request;
        this.key = key;
        this.store = new PoolId(request.wanted().store().value());
    }

    /** Takes it. */
    Facts take(Transaction transaction, TakePlan plan) {
        return take(ledger(transaction), plan);
    }

    /**
     * Takes another one for a snapshot whose layer was to stand on others and holds nothing yet: it stands on none.
     *
     * @param trouble why it cannot, for people
     */
    Facts takeInFull(Transaction transaction, TakePlan plan, String trouble) {
        ChainLedger ledger = ledger(transaction);
        LayerId own = layer(ledger);
        applyBut(ledger, ledger.planner().abandon(id), own);
        applyBut(ledger, ledger.planner().delete(id), own);
        return take(ledger, plan.knowing(ChangeTracking.broken(trouble)));
    }

    /**
     * Applies a removal in the ledger alone: the image and the key are those of the new layer. What was kept for the old one stays until
     * somebody tidies up.
     */
    private static void applyBut(ChainLedger ledger, ChainPlan plan, LayerId own) {
        plan.steps().stream()
                .filter(step -> !(step instanceof Step.Delete removal)
                        || removal.layer().equals(own))
                .forEach(ledger::apply);
    }

    private LayerId layer(ChainLedger ledger) {
        return ledger.graph()
                .snapshot(id)
                .flatMap((LogicalSnapshot taken) -> taken.replicaIn(store))
                .orElseThrow()
                .layer();
    }

    private ChainLedger ledger(Transaction transaction) {
        ChainLedger ledger =
                ChainLedger.of(transaction, ChainKey.of(request.volume()).id());
        ledger.know(request.wanted().store());
        return ledger;
    }

    private Facts take(ChainLedger ledger, TakePlan plan) {
        Transaction transaction = ledger.transaction();
        ChainPlan steps = ledger.planner().take(wanted(transaction, plan.tracking()));
        Reason why = steps.reasons().get(0);
        advance(ledger, steps);
        ChainWriting.write(
                ledger,
                ground,
                new ChainWriting.Fresh(request.wanted().name(), plan.size(), plan.at(), key, why.toString()));
        LayerId layer = layer(ledger);
        if (why.why() == Reason.Why.NOTHING_WRITTEN) {
            key.ifPresent(unneeded -> ground.keys().release(transaction, unneeded));
            return Facts.of("shared", layer.name()).with("store", store);
        }
        Optional<LayerId> parent = ledger.graph().layer(layer).flatMap(Layer::parent);
        return Facts.of("layer", layer.name())
                .with("store", store)
                .with(LINE, ledger.line(layer).stream().map(LayerId::name).collect(Collectors.joining(" ")))
                .with("parent", parent.map(LayerId::name))
                .with("since", parent.flatMap(stands -> plan.since()))
                .with("why", why.why())
                .with("because", why);
    }

    private TakeSnapshot wanted(Transaction transaction, ChangeTracking tracking) {
        return TakeSnapshot.of(id, new VolumeId(request.volume().value()))
                .backedUpTo(store, limit(transaction), tracking)
                .primary(TakeSnapshot.Primary.SKIPPED);
    }

    /** Plans what is left to do for a snapshot that lives on the layer of another one: the layer that was begun for it goes. */
    ChainPlan leave(ChainLedger ledger) {
        boolean isKept = ledger.graph()
                .snapshot(id)
                .filter(taken -> taken.state() == LogicalSnapshot.State.BACKED_UP)
                .isPresent();
        return isKept
                ? ledger.planner().take(wanted(ledger.transaction(), ChangeTracking.none()))
                : ledger.planner().discard(new LayerId(store, id.value()));
    }

    /** Returns the layer that evidence names, and all that it stands on, from the top down. An older version tells of a full one alone. */
    static List<LayerId> line(Facts begun) {
        PoolId store = new PoolId(begun.text("store"));
        return Arrays.stream(
                        begun.find(LINE).orElseGet(() -> begun.text("layer")).split(" ", -1))
                .map(name -> new LayerId(store, name))
                .toList();
    }

    /** Applies what comes before the work, and before the moment from which the snapshot counts. */
    private static void advance(ChainLedger ledger, ChainPlan plan) {
        for (Step step : plan.steps()) {
            if (!step.needs().isEmpty() || step instanceof Step.Publish) {
                return;
            }
            ledger.apply(step);
        }
    }

    private ChainLimit limit(Transaction transaction) {
        SettingScope scope = SettingScope.pool(request.wanted().store());
        return request.wanted()
                .limit()
                .orElseGet(() -> SettingStore.value(transaction, StandardSettings.SNAPSHOT_DELTA_MAX, scope));
    }
}
