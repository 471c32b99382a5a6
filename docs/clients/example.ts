// Users to register, by tenant: with openapi-fetch and the types that openapi-typescript generates from the API's
// description (api.d.ts).
import createClient from "openapi-fetch";
import type { paths } from "./api";

/** null: the tenant has not been read yet. */
export async function toRegister(address: string, token: string): Promise<Map<string, number | null>> {
  const api = createClient<paths>({ baseUrl: address, headers: { Authorization: `Bearer ${token}` } });
  const counts = new Map<string, number | null>();
  let continuation: string | null | undefined;
  do {
    const { data, error } = await api.GET("/api/v1/tenants", { params: { query: { limit: 1000, continuation } } });
    if (error) throw new Error(error.detail);
    for (const tenant of data.items) counts.set(tenant.display_name, tenant.to_register_count);
    continuation = data.continuation;
  } while (continuation !== null);
  return counts;
}
