package io.hvkit.engine.internal.snapshot;

import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.template.TemplateGround;
import io.hvkit.engine.internal.volume.Ground;
import java.util.List;

/**
 * What is done to snapshots.
 *
 * @param take takes one
 * @param delete deletes one
 * @param tidy finishes what deletions could not do
 * @param recheck looks again at copies that cannot be read
 * @param restore makes a volume of one
 * @param revert brings a volume back to what one holds
 * @param copy copies one to another store
 * @param copyChain copies one to another store, with those that its chain holds
 * @param capture makes a template of one
 * @param scheduled takes one that is due
 */
public record SnapshotProcedures(
        TakeProcedure take,
        DeleteSnapshotProcedure delete,
        TidySnapshotsProcedure tidy,
        RecheckProcedure recheck,
        RestoreProcedure restore,
        RevertProcedure revert,
        CopyProcedure copy,
        CopyChainProcedure copyChain,
        FlattenProcedure flatten,
        CaptureSnapshotProcedure capture,
        ScheduledTakeProcedure scheduled) {

    /** Makes them. */
    public static SnapshotProcedures on(TemplateGround templates) {
        Ground ground = templates.ground();
        return new SnapshotProcedures(
                new TakeProcedure(ground),
                new DeleteSnapshotProcedure(ground),
                new TidySnapshotsProcedure(ground),
                new RecheckProcedure(ground),
                new RestoreProcedure(ground),
                new RevertProcedure(ground),
                new CopyProcedure(ground),
                new CopyChainProcedure(ground),
                new FlattenProcedure(ground),
                new CaptureSnapshotProcedure(templates),
                new ScheduledTakeProcedure(ground));
    }

    /** Returns all of them, so that each is known when it is to be recovered. */
    public List<Procedure<?, ?>> all() {
        return List.of(take, delete, tidy, recheck, restore, revert, copy, copyChain, flatten, capture, scheduled);
    }
}
