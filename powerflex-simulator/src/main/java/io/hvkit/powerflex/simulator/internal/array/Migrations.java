package io.hvkit.powerflex.simulator.internal.array;

import io.hvkit.powerflex.simulator.control.Timing;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Trees move between pools, in the background, and keep all their ids. */
public final class Migrations {

    private final Inventory inventory;
    private final Capacity capacity;
    private final InstantSource clock;
    private final Timing timing;

    Migrations(Inventory inventory, Capacity capacity, InstantSource clock, Timing timing) {
        this.inventory = inventory;
        this.capacity = capacity;
        this.clock = clock;
        this.timing = timing;
    }

    /** How a migration is asked for, beside its destination. */
    public record Manner(String conversion, boolean evenDuringRebuild, boolean evenWithoutRoom) {}

    /** Begins a migration, resumes a paused one to the same pool, or rolls a paused one back to its source. */
    public void migrate(VTree tree, StoragePool destination, Manner manner) {
        Optional<Migration> running = tree.migration();
        if (running.isPresent()) {
            redirect(running.get(), destination);
        } else {
            begin(tree, destination, manner);
        }
    }

    public void pause(VTree tree, MigrationStatus towards) {
        Migration migration = require(tree);
        switch (migration.status()) {
            case GRACEFULLY_PAUSING, FORCEFULLY_PAUSING, PAUSED -> throw new ArrayException(ArrayError.ALREADY_PAUSING);
            case PENDING_MIGRATION, PENDING_REBALANCE, NORMAL, INTERNAL_PAUSING, PENDING_RETRY ->
                migration.enter(towards, clock.instant());
        }
        settle(clock.instant());
    }

    public void resume(VTree tree) {
        Migration migration = require(tree);
        if (migration.status() != MigrationStatus.PAUSED) {
            throw new ArrayException(ArrayError.MIGRATION_NOT_PAUSED);
        }
        migration.headFor(migration.heading(), clock.instant());
    }

    /** Ends a migration without success, as a test asks for. */
    void fail(VTree tree, String reason) {
        require(tree);
        tree.fail(reason);
    }

    /** Does what is due; returns whether a migration is in another state now. */
    boolean settle(Instant now) {
        boolean any = false;
        for (VTree tree : List.copyOf(inventory.trees())) {
            Optional<Migration> migration = tree.migration();
            if (migration.isPresent()) {
                any |= settle(tree, migration.get(), now);
            }
        }
        return any;
    }

    private boolean settle(VTree tree, Migration migration, Instant now) {
        MigrationStatus before = migration.status();
        if (migration.settle(now, timing)) {
            arrive(tree, migration);
            return true;
        }
        return migration.status() != before;
    }

    private void arrive(VTree tree, Migration migration) {
        boolean there = migration.heading().id() == migration.destination().id();
        tree.arrive(migration.heading());
        if (there) {
            inventory.volumesOf(tree).forEach(volume -> convert(volume, migration.conversion()));
        }
    }

    private static void convert(Volume volume, String conversion) {
        if (conversion.equals("ThickToThin") && volume.kind() == VolumeKind.THICK) {
            volume.become(VolumeKind.THIN);
        } else if (conversion.equals("ThinToThick") && volume.kind() == VolumeKind.THIN) {
            volume.become(VolumeKind.THICK);
        }
    }

    private void redirect(Migration migration, StoragePool destination) {
        boolean paused = migration.status() == MigrationStatus.PAUSED;
        if (destination.id() == migration.heading().id() && !paused) {
            throw new ArrayException(ArrayError.MIGRATION_EXISTS);
        }
        if (destination.id() != migration.source().id()
                && destination.id() != migration.destination().id()) {
            throw new ArrayException(ArrayError.MIGRATION_TO_ANOTHER);
        }
        if (!paused) {
            throw new ArrayException(ArrayError.PAUSE_BEFORE_ROLLBACK);
        }
        migration.headFor(destination, clock.instant());
        settle(clock.instant());
    }

    private void begin(VTree tree, StoragePool destination, Manner manner) {
        StoragePool source = tree.pool();
        if (source.id() == destination.id()) {
            throw new ArrayException(ArrayError.MIGRATION_SAME_POOL);
        }
        if (destination.domain().isErasureCoded()) {
            throw new ArrayException(ArrayError.NOT_SUPPORTED);
        }
        requireLikeness(tree, source, destination);
        if (!manner.evenWithoutRoom()) {
            capacity.requireRoomFor(tree, destination);
        }
        Migration.Patience patience =
                manner.evenDuringRebuild() ? Migration.Patience.GOES_ON : Migration.Patience.WAITS_FOR_REBUILD;
        tree.migrate(new Migration(source, destination, manner.conversion(), patience, clock.instant()));
        settle(clock.instant());
    }

    private void requireLikeness(VTree tree, StoragePool source, StoragePool destination) {
        boolean otherLayout = source.layout() != destination.layout();
        if (otherLayout && inventory.volumesOf(tree).size() > 1) {
            throw new ArrayException(ArrayError.DIFFERENT_LAYOUT);
        }
        boolean paddingMatters = source.layout() == DataLayout.MEDIUM;
        boolean paddingFits = destination.layout() == DataLayout.FINE
                ? source.isZeroPadded()
                : source.isZeroPadded() == destination.isZeroPadded();
        if (paddingMatters && !paddingFits) {
            throw new ArrayException(ArrayError.DIFFERENT_ZERO_PADDING);
        }
    }

    private static Migration require(VTree tree) {
        return tree.migration().orElseThrow(() -> new ArrayException(ArrayError.NO_MIGRATION));
    }
}
