//! Funds and subsidies: kept whole as JSON beside the columns that queries and constraints need. What is used of a fund is
//! added up from its subsidies, so that there is nothing that could differ from them.

use async_trait::async_trait;
use incentive_calculation_domain::{
    fact::ChannelClass,
    fund::{Fund, Used, UsedOf},
    subsidy::Subsidy,
};
use sqlx::{QueryBuilder, Row};
use tributary_core::{Date, TenantId};
use tributary_sql::StoreError;

use super::{
    Db, DbRow, Pool, Tx,
    plans::{body, json},
};
use crate::ports::funds::{FundQuery, FundReads, FundTx, KeptProof, SubsidyQuery};

const FUND: &str = "SELECT body FROM funds WHERE tenant = $1 AND fund_id = $2";
const SUBSIDY: &str = "SELECT body FROM subsidies WHERE tenant = $1 AND subsidy_id = $2";
const USED: &str = "SELECT channel, reserve, CAST(SUM(requested) AS BIGINT), CAST(SUM(committed) AS BIGINT), \
     CAST(SUM(claimed) AS BIGINT), CAST(SUM(paid) AS BIGINT) \
     FROM subsidies WHERE tenant = $1 AND fund_id = $2 GROUP BY channel, reserve";

fn used(row: &DbRow) -> Result<((ChannelClass, bool), Used), StoreError> {
    let number: i64 = row.try_get(0)?;
    let channel = ChannelClass::from_number(number);
    let channel = channel.ok_or_else(|| StoreError::Corrupt(format!("{number} is no channel class")))?;
    let used = Used {
        requested: row.try_get(2)?,
        committed: row.try_get(3)?,
        claimed: row.try_get(4)?,
        paid: row.try_get(5)?,
    };
    Ok(((channel, row.try_get::<i64, _>(1)? == 1), used))
}

fn kept(row: &DbRow) -> Result<KeptProof, StoreError> {
    let claim = u32::try_from(row.try_get::<i64, _>(2)?).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    Ok(KeptProof { key: row.try_get(0)?, subsidy: row.try_get(1)?, claim })
}

fn replaced(rows: u64) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

#[async_trait]
impl FundReads for Pool {
    async fn fund(&self, tenant: &TenantId, id: &str) -> Result<Option<Fund>, StoreError> {
        let row = sqlx::query(FUND).bind(tenant.as_str()).bind(id).fetch_optional(self.reader()).await?;
        row.as_ref().map(body).transpose()
    }

    async fn funds(&self, tenant: &TenantId, query: &FundQuery) -> Result<Vec<Fund>, StoreError> {
        let mut read = QueryBuilder::<Db>::new("SELECT body FROM funds WHERE tenant = ");
        read.push_bind(tenant.as_str().to_owned());
        if let Some(kind) = query.kind {
            read.push(" AND kind = ").push_bind(kind.as_str());
        }
        if !query.after.is_empty() {
            read.push(" AND fund_id > ").push_bind(query.after.clone());
        }
        read.push(" ORDER BY fund_id LIMIT ").push_bind(i64::from(query.limit));
        read.build().fetch_all(self.reader()).await?.iter().map(body).collect()
    }

    async fn fund_used(&self, tenant: &TenantId, fund: &str) -> Result<UsedOf, StoreError> {
        let rows = sqlx::query(USED).bind(tenant.as_str()).bind(fund).fetch_all(self.reader()).await?;
        rows.iter().map(used).collect()
    }

    async fn subsidy(&self, tenant: &TenantId, id: &str) -> Result<Option<Subsidy>, StoreError> {
        let row = sqlx::query(SUBSIDY).bind(tenant.as_str()).bind(id).fetch_optional(self.reader()).await?;
        row.as_ref().map(body).transpose()
    }

    async fn subsidies(&self, tenant: &TenantId, query: &SubsidyQuery) -> Result<Vec<Subsidy>, StoreError> {
        let mut read = QueryBuilder::<Db>::new("SELECT body FROM subsidies WHERE tenant = ");
        read.push_bind(tenant.as_str().to_owned());
        for (column, value) in [("fund_id", &query.fund), ("partner_id", &query.partner)] {
            if let Some(value) = value {
                read.push(" AND ").push(column).push(" = ").push_bind(value.clone());
            }
        }
        if let Some(state) = query.state {
            read.push(" AND state = ").push_bind(state.as_str());
        }
        if let Some(channel) = query.channel {
            read.push(" AND channel = ").push_bind(i64::from(channel.number()));
        }
        if !query.after.is_empty() {
            read.push(" AND subsidy_id > ").push_bind(query.after.clone());
        }
        read.push(" ORDER BY subsidy_id LIMIT ").push_bind(i64::from(query.limit));
        read.build().fetch_all(self.reader()).await?.iter().map(body).collect()
    }

    async fn lapsing(&self, day: Date, limit: u32) -> Result<Vec<(TenantId, String)>, StoreError> {
        let rows = sqlx::query(
            "SELECT tenant, subsidy_id FROM subsidies WHERE lapse_day <= $1 ORDER BY lapse_day, tenant, subsidy_id LIMIT $2",
        )
        .bind(day.days())
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        let lapsing = |row: &DbRow| {
            let tenant = TenantId::parse(row.try_get(0)?).map_err(StoreError::Corrupt)?;
            Ok((tenant, row.try_get(1)?))
        };
        rows.iter().map(lapsing).collect()
    }
}

#[async_trait]
impl FundTx for Tx {
    async fn fund_of(&mut self, tenant: &TenantId, id: &str) -> Result<Option<Fund>, StoreError> {
        let row = sqlx::query(FUND).bind(tenant.as_str()).bind(id).fetch_optional(self.conn()).await?;
        row.as_ref().map(body).transpose()
    }

    async fn insert_fund(&mut self, tenant: &TenantId, fund: &Fund) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO funds (tenant, fund_id, kind, revision, body) VALUES ($1, $2, $3, $4, $5)")
            .bind(tenant.as_str())
            .bind(&fund.id)
            .bind(fund.kind.as_str())
            .bind(fund.revision)
            .bind(json(fund)?)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    async fn update_fund(&mut self, tenant: &TenantId, fund: &Fund) -> Result<(), StoreError> {
        let updated = sqlx::query(
            "UPDATE funds SET revision = $1, body = $2 WHERE tenant = $3 AND fund_id = $4 AND revision = $5",
        )
        .bind(fund.revision)
        .bind(json(fund)?)
        .bind(tenant.as_str())
        .bind(&fund.id)
        .bind(fund.revision.saturating_sub(1))
        .execute(self.conn())
        .await?;
        replaced(updated.rows_affected())
    }

    async fn used_of_fund(&mut self, tenant: &TenantId, fund: &str) -> Result<UsedOf, StoreError> {
        let rows = sqlx::query(USED).bind(tenant.as_str()).bind(fund).fetch_all(self.conn()).await?;
        rows.iter().map(used).collect()
    }

    async fn used_by_partner(
        &mut self,
        tenant: &TenantId,
        fund: &str,
        partner: &str,
        year: i32,
    ) -> Result<i64, StoreError> {
        let row = sqlx::query(
            "SELECT CAST(COALESCE(SUM(committed + paid), 0) AS BIGINT) FROM subsidies \
             WHERE tenant = $1 AND fund_id = $2 AND partner_id = $3 AND year = $4",
        )
        .bind(tenant.as_str())
        .bind(fund)
        .bind(partner)
        .bind(i64::from(year))
        .fetch_one(self.conn())
        .await?;
        Ok(row.try_get(0)?)
    }

    async fn lapsing_of(&mut self, tenant: &TenantId, fund: &str, day: Date) -> Result<Vec<Subsidy>, StoreError> {
        let rows = sqlx::query(
            "SELECT body FROM subsidies WHERE tenant = $1 AND fund_id = $2 AND lapse_day <= $3 ORDER BY subsidy_id",
        )
        .bind(tenant.as_str())
        .bind(fund)
        .bind(day.days())
        .fetch_all(self.conn())
        .await?;
        rows.iter().map(body).collect()
    }

    async fn subsidy_of(&mut self, tenant: &TenantId, id: &str) -> Result<Option<Subsidy>, StoreError> {
        let row = sqlx::query(SUBSIDY).bind(tenant.as_str()).bind(id).fetch_optional(self.conn()).await?;
        row.as_ref().map(body).transpose()
    }

    async fn insert_subsidy(&mut self, tenant: &TenantId, subsidy: &Subsidy) -> Result<(), StoreError> {
        let used = subsidy.used();
        sqlx::query(
            "INSERT INTO subsidies (tenant, subsidy_id, fund_id, partner_id, channel, reserve, year, state, lapse_day, \
             requested, committed, claimed, paid, revision, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        )
        .bind(tenant.as_str())
        .bind(&subsidy.id)
        .bind(&subsidy.fund)
        .bind(&subsidy.partner)
        .bind(i64::from(subsidy.channel.number()))
        .bind(i64::from(subsidy.reserve))
        .bind(i64::from(subsidy.year()))
        .bind(subsidy.state.as_str())
        .bind(subsidy.lapse_day().map(Date::days))
        .bind(used.requested)
        .bind(used.committed)
        .bind(used.claimed)
        .bind(used.paid)
        .bind(subsidy.revision)
        .bind(json(subsidy)?)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    async fn update_subsidy(&mut self, tenant: &TenantId, subsidy: &Subsidy) -> Result<(), StoreError> {
        let used = subsidy.used();
        let updated = sqlx::query(
            "UPDATE subsidies SET state = $1, lapse_day = $2, requested = $3, committed = $4, claimed = $5, paid = $6, \
             revision = $7, body = $8 WHERE tenant = $9 AND subsidy_id = $10 AND revision = $11",
        )
        .bind(subsidy.state.as_str())
        .bind(subsidy.lapse_day().map(Date::days))
        .bind(used.requested)
        .bind(used.committed)
        .bind(used.claimed)
        .bind(used.paid)
        .bind(subsidy.revision)
        .bind(json(subsidy)?)
        .bind(tenant.as_str())
        .bind(&subsidy.id)
        .bind(subsidy.revision.saturating_sub(1))
        .execute(self.conn())
        .await?;
        replaced(updated.rows_affected())
    }

    async fn proofs_of(&mut self, tenant: &TenantId, keys: &[String]) -> Result<Vec<KeptProof>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut read = QueryBuilder::<Db>::new("SELECT proof, subsidy_id, claim FROM subsidy_proofs WHERE tenant = ");
        read.push_bind(tenant.as_str().to_owned()).push(" AND proof IN (");
        let mut wanted = read.separated(", ");
        for key in keys {
            wanted.push_bind(key.clone());
        }
        read.push(") ORDER BY proof");
        read.build().persistent(false).fetch_all(self.conn()).await?.iter().map(kept).collect()
    }

    async fn keep_proofs(&mut self, tenant: &TenantId, proofs: &[KeptProof]) -> Result<(), StoreError> {
        let mut write = QueryBuilder::<Db>::new("INSERT INTO subsidy_proofs (tenant, proof, subsidy_id, claim) ");
        write.push_values(proofs, |mut row, proof| {
            row.push_bind(tenant.as_str())
                .push_bind(&proof.key)
                .push_bind(&proof.subsidy)
                .push_bind(i64::from(proof.claim));
        });
        write.build().persistent(false).execute(self.conn()).await?;
        Ok(())
    }

    async fn free_proofs(&mut self, tenant: &TenantId, subsidy: &str, claim: u32) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM subsidy_proofs WHERE tenant = $1 AND subsidy_id = $2 AND claim = $3")
            .bind(tenant.as_str())
            .bind(subsidy)
            .bind(i64::from(claim))
            .execute(self.conn())
            .await?;
        Ok(())
    }
}
