package io.hvkit.testkit.contract;

/**
 * One case that a plug-in is known not to keep. It is run nevertheless: a waiver that is no longer needed fails, so that none
 * outlives its reason.
 *
 * @param name the name of the case's method; of a case that is run in several ways, all of them, or one as in {@code
 *     a_case (encrypted)}
 * @param reason why, for those who read the report: a fault of the back end with its number, say
 */
public record Waiver(String name, String reason) {

    /**
     * Rejects a waiver without a reason.
     *
     * @throws IllegalArgumentException if the name or the reason is blank
     */
    public Waiver {
        if (name.isBlank() || reason.isBlank()) {
            throw new IllegalArgumentException(
                    "a waiver names one case and says why: '" + name + "', '" + reason + "'");
        }
    }
}
