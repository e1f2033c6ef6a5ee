package io.hvkit.hypervisor.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import java.time.Duration;

/**
 * Changing the devices of a machine that runs. What the host remembers of a persistent machine changes along. All calls may be
 * repeated.
 */
@Incubating(since = "0.1")
public interface HotPlug {

    /**
     * Gives a running machine one more disk; does nothing if it has that volume at that place already, read and served in the
     * same way.
     *
     * <table>
     * <caption>Failures; the machine is as it was in all of these</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>no such machine runs, or there is nothing at the disk's place</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>it has that volume at another place or reads or serves it in another way, or has another volume there</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>the disk has format {@code LUKS} and no key, or a key that was wiped</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the key does not open the disk</td><td>{@code BAD_CREDENTIALS}</td></tr>
     * <tr><td>another machine uses the disk</td><td>{@code IN_USE}</td></tr>
     * <tr><td>it has no room for one more device</td><td>{@code EXHAUSTED}</td></tr>
     * </table>
     */
    void attach(MachineId machine, Disk disk) throws InterruptedException;

    /**
     * Takes a disk away and returns when the guest has let it go; does nothing if the machine has no such disk. Of a machine that
     * does not run, it goes from what the host remembers, if that has it.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the guest does not let it go in time</td><td>{@code TIMED_OUT}; it is still the machine's disk, and may yet be
     *     let go</td></tr>
     * <tr><td>it is being moved or merged</td><td>{@code OPERATION_PENDING}</td></tr>
     * </table>
     */
    void detach(MachineId machine, VolumeId disk, Duration patience) throws InterruptedException;

    /**
     * Gives a running machine one more network card; does nothing if it has one with that address already.
     *
     * <p>Failures: {@code NOT_FOUND} if no such machine runs; {@code INVALID_REQUEST} if the card has no address, since a repeated
     * call could not be told from a second card; {@code EXHAUSTED} if there is no room for one more device.
     */
    void attach(MachineId machine, Nic nic) throws InterruptedException;

    /** Takes a network card away, as {@link #detach(MachineId, VolumeId, Duration)} does a disk. */
    void detach(MachineId machine, MacAddress nic, Duration patience) throws InterruptedException;

    /**
     * Makes a running machine's disk larger, storage and guest's view alike; does nothing if it has that size already.
     *
     * <p>Failures: {@code NOT_FOUND} if no such machine runs or it has no such disk; {@code INVALID_REQUEST} if it is larger now or
     * the size is no multiple of 512 bytes; {@code EXHAUSTED} if the storage is full.
     */
    void resize(MachineId machine, VolumeId disk, ByteSize size) throws InterruptedException;
}
