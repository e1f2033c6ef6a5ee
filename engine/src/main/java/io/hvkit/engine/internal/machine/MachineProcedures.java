package io.hvkit.engine.internal.machine;

import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.template.NewVolumeProcedure;
import java.util.List;

/**
 * What is done to machines.
 *
 * @param create makes one known
 * @param launch makes one known and starts it
 * @param start starts one
 * @param stop stops one
 * @param migrate brings one to another host
 * @param reinstall gives one another root
 * @param attach gives one another disk
 * @param detach takes a disk from one
 * @param delete forgets one
 * @param freeze freezes the disks of one
 * @param merge merges what lies over the disks of one
 * @param settle writes down what a person has found out about a disk of one
 * @param tidy finds out where one is
 */
public record MachineProcedures(
        CreateMachineProcedure create,
        LaunchProcedure launch,
        StartProcedure start,
        StopProcedure stop,
        MigrateProcedure migrate,
        ReinstallProcedure reinstall,
        AttachDiskProcedure attach,
        DetachDiskProcedure detach,
        DeleteMachineProcedure delete,
        FreezeProcedure freeze,
        MergeProcedure merge,
        SettleProcedure settle,
        TidyMachineProcedure tidy) {

    /** Makes them. */
    public static MachineProcedures on(MachineGround machines, NewVolumeProcedure newVolume) {
        return new MachineProcedures(
                new CreateMachineProcedure(machines),
                new LaunchProcedure(machines),
                new StartProcedure(machines),
                new StopProcedure(machines),
                new MigrateProcedure(machines),
                new ReinstallProcedure(machines, newVolume),
                new AttachDiskProcedure(machines),
                new DetachDiskProcedure(machines),
                new DeleteMachineProcedure(machines),
                new FreezeProcedure(machines),
                new MergeProcedure(machines),
                new SettleProcedure(machines),
                new TidyMachineProcedure(machines));
    }

    /** Returns all of them, so that each is known when it is to be recovered. */
    public List<Procedure<?, ?>> all() {
        return List.of(
                create, launch, start, stop, migrate, reinstall, attach, detach, delete, freeze, merge, settle, tidy);
    }
}
