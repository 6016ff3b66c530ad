/** Why a command was not carried out, in words for the operator. A handler that throws it has changed nothing. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
