package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import java.util.List;
import java.util.Optional;

/**
 * Machines that a host makes from others, disks and all, and templates to make them from. A template is a machine that neither starts
 * nor changes; {@link Hypervisor#list} does not have it.
 *
 * <p>What a clone is, and what it was made from, is kept by the host with the machine, so that any process finds it there. The disks of a
 * clone are volumes of the caller's, like those of other machines: they stay when it is forgotten.
 */
@Incubating(since = "0.1")
public interface MachineClones {

    /**
     * Makes a machine that is remembered and does not run, with disks of its own; or returns the one that an equal request made. Its
     * network cards have addresses of their own. The source stays as it is, and may run.
     *
     * <table>
     * <caption>Failures; no machine and no disk is left in any of these, unless the effect says otherwise</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the host has no such machine or template, or it has no such snapshot or no such disk</td><td>{@code
     *     NOT_FOUND}</td></tr>
     * <tr><td>a disk that the source has is not named</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the clone is to be linked, by the request or the host's options, and no snapshot is named</td><td>{@code
     *     INVALID_REQUEST}</td></tr>
     * <tr><td>the name is taken by anything else</td><td>{@code EXISTS_DIFFERENTLY}; it stays as it is</td></tr>
     * <tr><td>the host has no room</td><td>{@code EXHAUSTED}</td></tr>
     * </table>
     */
    MachineClone clone(MachineId source, CloneRequest request) throws InterruptedException;

    /** Returns a machine that was made so, as long as the host has it. */
    Optional<MachineClone> find(MachineId clone) throws InterruptedException;

    /**
     * Makes a template of a machine that does not run; does nothing if it is one. {@code NOT_FOUND} if the host remembers no such
     * machine, {@code IN_USE} if it runs, {@code INVALID_REQUEST} if it is transient.
     */
    void toTemplate(MachineId machine) throws InterruptedException;

    /** Makes a machine of a template again; does nothing if it is one. {@code NOT_FOUND} if there is neither. */
    void toMachine(MachineId template) throws InterruptedException;

    /** Returns the templates, in no particular order. */
    List<MachineId> templates() throws InterruptedException;
}
